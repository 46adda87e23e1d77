// Pictures that the server draws for the width of their place: what is near is asked for at once, the rest when nothing else
// is to be done. One script looks after all of them: a page only has their places, as `.picture` with the address of what is
// to stand there. A new picture takes the place of an old one when it has come, so that nothing jumps.
const STEP = 16 // pixels between the widths that pictures are drawn for, so that visitors share them
const NARROWEST = 96
const NEAR = "300px"
const MOST_KEPT = 400
const REACH = 30 // pixels from which the pointer finds a mark
const PAUSES = [300, 1000, 3000, 10000, 30000] // milliseconds before each further try, where the server has lost a picture
const ASKED_FOR = 2000 // milliseconds that an answer to `again` may take
const GONE = 404
const COLOURS = ["--st-border-color", "--st-base-radius", "--st-background-color", "--st-text-color", "--st-font"]
const STYLE = `
.picture { line-height: 0; }
.picture svg { display: block; width: 100%; height: auto; overflow: visible; }
.picture text { font-family: var(--picture-font); }
.picture-tip {
  position: fixed;
  z-index: 100;
  max-width: 20rem;
  padding: 0.4rem 0.6rem;
  border: 1px solid var(--st-border-color);
  border-radius: var(--st-base-radius);
  background: var(--st-background-color);
  color: var(--st-text-color);
  font-family: var(--st-font);
  font-size: 0.85rem;
  line-height: 1.4;
  white-space: pre-line;
  pointer-events: none;
  box-shadow: 0 2px 8px rgb(0 0 0 / 15%);
}
.picture-tip[hidden] { display: none; }
`
const frames = document.getElementsByClassName("picture")
const places = new Map() // each frame -> what is done in it
const kept = new Map() // the address of a picture -> what the server drew
const later = new Set()
const idle = window.requestIdleCallback ?? (run => setTimeout(run, 200))
const tip = document.createElement("div")
let resting = false
let asked = 0
let again = () => {} // asks for the page anew
let themed = null // the element that knows the colours of the visitor's mode

function whenIdle() {
  if (resting || !later.size) return
  resting = true
  idle(async () => {
    const [place] = later
    later.delete(place)
    if (place) await place.draw()
    resting = false
    whenIdle()
  })
}

async function drawn(address) {
  if (kept.has(address)) return kept.get(address)
  const answer = await fetch(address)
  if (!answer.ok) throw new Error(answer.status)
  const picture = await answer.text()
  kept.set(address, picture)
  if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value)
  return picture
}

// A server that was started anew, or that has given a picture up, knows it again after the next run of the page.
async function drawnAtLast(place, address) {
  for (const pause of PAUSES) {
    try {
      return await drawn(address)
    } catch (error) {
      if (Number(error.message) === GONE && Date.now() - asked > ASKED_FOR) {
        asked = Date.now()
        again()
      }
    }
    await new Promise(done => setTimeout(done, pause))
    if (place.ended || address !== place.address()) return null
  }
  return drawn(address)
}

class Place {
  constructor(frame, before) {
    this.frame = frame
    this.path = frame.dataset.path
    this.width = 0
    this.near = null // nobody knows yet
    this.shown = ""
    if (before?.shown) this.inherit(before)
    this.seeing = new IntersectionObserver(seen => this.seen(seen.at(-1).isIntersecting), { rootMargin: NEAR })
    this.sizing = new ResizeObserver(() => this.sized())
    frame.onpointermove = frame.onpointerdown = event => this.point(event)
    frame.onpointerleave = () => say(null)
    this.sizing.observe(frame)
    this.seeing.observe(frame)
  }

  inherit(before) {
    this.frame.replaceChildren(...before.frame.childNodes)
    this.frame.style.minHeight = ""
    this.shown = before.shown
  }

  sized() {
    const width = Math.max(Math.floor(this.frame.clientWidth / STEP) * STEP, NARROWEST)
    if (width === this.width || !this.frame.clientWidth) return
    this.width = width
    if (this.near !== null) this.seen(this.near)
  }

  seen(near) {
    this.near = near
    if (!near) return this.wait()
    this.frame.dataset.owed = ""
    this.draw()
  }

  wait() {
    delete this.frame.dataset.owed // nobody sees it
    later.add(this)
    whenIdle()
  }

  address() {
    return `${this.path}?width=${this.width}`
  }

  async draw() {
    later.delete(this)
    if (!this.width) return
    const address = this.address()
    if (address === this.shown) return this.settle()
    try {
      const picture = await drawnAtLast(this, address)
      if (picture === null || this.ended || address !== this.address()) return
      this.frame.innerHTML = picture
      this.frame.style.minHeight = ""
      this.shown = address
    } catch {
      if (!this.shown) this.frame.textContent = "This picture could not be drawn. Reload the page."
    }
    this.marks = null
    this.settle()
  }

  settle() {
    delete this.frame.dataset.owed
  }

  point(event) {
    this.marks ??= [...this.frame.querySelectorAll("[data-said]")].map(mark => ({ mark, said: mark.dataset.said }))
    let nearest = null
    let least = REACH
    for (const { mark, said } of this.marks) {
      const box = mark.getBoundingClientRect()
      const across = Math.max(box.left - event.clientX, 0, event.clientX - box.right)
      const along = Math.max(box.top - event.clientY, 0, event.clientY - box.bottom)
      const far = Math.hypot(across, along)
      if (far < least) [nearest, least] = [{ box, said }, far]
    }
    say(nearest)
  }

  end() {
    this.ended = true
    later.delete(this)
    this.seeing.disconnect()
    this.sizing.disconnect()
  }
}

function say(found) {
  tip.hidden = !found
  if (!found) return
  const now = themed && getComputedStyle(themed)
  for (const name of COLOURS) if (now) tip.style.setProperty(name, now.getPropertyValue(name))
  tip.textContent = found.said
  const { width, height } = tip.getBoundingClientRect()
  const left = Math.min(Math.max(found.box.left + found.box.width / 2 - width / 2, 4), innerWidth - width - 4)
  const above = found.box.top - height - 8
  tip.style.left = `${left}px`
  tip.style.top = `${above > 4 ? above : found.box.bottom + 8}px`
}

// Places come and go as pages change; one that stands for another of its name goes on with what that showed.
function look() {
  const left = new Map()
  for (const [frame, place] of places) {
    if (frame.isConnected) continue
    left.set(frame.dataset.name, place)
    place.end()
    places.delete(frame)
  }
  if (left.size) say(null)
  for (const frame of frames) {
    if (!places.has(frame)) places.set(frame, new Place(frame, left.get(frame.dataset.name)))
  }
}

function begin() {
  const style = document.createElement("style")
  style.textContent = STYLE
  document.head.append(style)
  tip.className = "picture-tip"
  tip.setAttribute("role", "tooltip")
  tip.hidden = true
  document.body.append(tip)
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true })
  look()
}

function attend(element, ask) {
  themed = element
  again = ask
  document.documentElement.style.setProperty("--picture-font", getComputedStyle(element).getPropertyValue("--st-font"))
}

if (!window.prodopsPictures) {
  window.prodopsPictures = attend
  begin()
}

export default function ({ parentElement, setTriggerValue }) {
  window.prodopsPictures(parentElement, () => setTriggerValue("again", true))
}
