// One entry in the browser's history for what a visitor does once. A page that writes several values into its address, and a
// link to another page, would leave an entry for every step, and Back would have to be pressed as often. And no entry is
// written over by the page that was left: where Back and Forward are pressed fast, a page's answer may come when the next
// page's address stands there. What an entry says is so until the visitor does something.
const GESTURES = ["pointerdown", "keydown", "input"]
let done = false
let travelling = false

function gesture() {
  done = true
  travelling = false
}

if (!window.prodopsHistory) {
  window.prodopsHistory = true
  for (const kind of GESTURES) addEventListener(kind, gesture, { capture: true, passive: true })
  addEventListener("popstate", () => {
    done = false
    travelling = true
  }, { capture: true })
  const [push, replace] = [history.pushState, history.replaceState]
  history.pushState = function (...entry) {
    if (!travelling) (done ? push : replace).apply(this, entry)
    done = false
  }
  history.replaceState = function (...entry) {
    if (!travelling) replace.apply(this, entry)
  }
}
