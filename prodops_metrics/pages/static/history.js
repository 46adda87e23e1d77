// One entry in the browser's history for what a visitor does once. A page that writes several values into its address, and a
// link to another page, would leave an entry for every step, and Back would have to be pressed as often.
const KINDS = ["pointerdown", "keydown"]
let done = false

if (!window.prodopsHistory) {
  window.prodopsHistory = true
  for (const kind of KINDS) addEventListener(kind, () => { done = true }, { capture: true, passive: true })
  const push = history.pushState
  history.pushState = function (...entry) {
    if (done) push.apply(this, entry)
    else history.replaceState(...entry)
    done = false
  }
}

export default function () {}
