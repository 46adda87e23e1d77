// A picture that the server draws for the width of its place: what is near is asked for at once, the rest when nothing else
// is to be done. A new picture takes the place of an old one when it has come, so that nothing jumps.
const STEP = 16 // pixels between the widths that pictures are drawn for, so that visitors share them
const NARROWEST = 96
const NEAR = "300px"
const MOST_KEPT = 400
const REACH = 30 // pixels from which the pointer finds a mark
const STYLE = `
.picture { line-height: 0; }
.picture svg { display: block; width: 100%; height: auto; overflow: visible; }
.picture text { font-family: var(--st-font); }
.tip {
  position: fixed;
  z-index: 100;
  max-width: 20rem;
  padding: 0.4rem 0.6rem;
  border: 1px solid var(--st-border-color);
  border-radius: var(--st-base-radius);
  background: var(--st-background-color);
  color: var(--st-text-color);
  font-size: 0.85rem;
  line-height: 1.4;
  white-space: pre-line;
  pointer-events: none;
  box-shadow: 0 2px 8px rgb(0 0 0 / 15%);
}
.tip[hidden] { display: none; }
`
const places = new WeakMap()
const kept = new Map() // the address of a picture -> what the server drew
const later = new Set()

// Once for the page, where every picture would bring its own.
const style = document.createElement("style")
style.textContent = STYLE
document.head.append(style)

const idle = window.requestIdleCallback ?? (run => setTimeout(run, 200))
let resting = false

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
  if (!answer.ok) throw new Error(`${answer.status}`)
  const picture = await answer.text()
  kept.set(address, picture)
  if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value)
  return picture
}

class Place {
  constructor(parent) {
    this.frame = parent.querySelector(".picture")
    this.tip = parent.querySelector(".tip")
    this.width = 0
    this.shown = ""
    this.near = null // nobody knows yet
    this.seeing = new IntersectionObserver(seen => this.seen(seen.at(-1).isIntersecting), { rootMargin: NEAR })
    this.sizing = new ResizeObserver(() => this.sized())
    this.frame.onpointermove = this.frame.onpointerdown = event => this.point(event)
    this.frame.onpointerleave = () => this.say(null)
  }

  tell(data) {
    this.frame.setAttribute("aria-label", data.alt)
    if (this.path === data.path) return
    this.path = data.path
    if (!this.shown) this.frame.style.minHeight = `${data.height}px`
    this.frame.dataset.owed = ""
    if (this.began) return this.near ? this.draw() : this.wait()
    this.began = true
    this.sizing.observe(this.frame)
    this.seeing.observe(this.frame)
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
      const picture = await drawn(address)
      if (address !== this.address()) return
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
    this.say(nearest)
  }

  say(found) {
    this.tip.hidden = !found
    if (!found) return
    this.tip.textContent = found.said
    const { width, height } = this.tip.getBoundingClientRect()
    const left = Math.min(Math.max(found.box.left + found.box.width / 2 - width / 2, 4), innerWidth - width - 4)
    const above = found.box.top - height - 8
    this.tip.style.left = `${left}px`
    this.tip.style.top = `${above > 4 ? above : found.box.bottom + 8}px`
  }

  end() {
    later.delete(this)
    this.seeing.disconnect()
    this.sizing.disconnect()
  }
}

export default function ({ parentElement, data }) {
  const place = places.get(parentElement) ?? new Place(parentElement)
  places.set(parentElement, place)
  place.tell(data)
  return () => {
    place.end()
    places.delete(parentElement)
  }
}
