// A text field for YAML: equal widths, numbered lines, two spaces for a tab, and a report a moment after the last key.
const MOMENT = 500
const kept = new WeakMap()

export default function (component) {
  const { parentElement, data, setStateValue } = component
  const field = parentElement.querySelector("textarea")
  const lines = parentElement.querySelector(".lines")
  const held = kept.get(parentElement) ?? { token: null, sent: null, timer: 0 }
  kept.set(parentElement, held)
  field.setAttribute("aria-label", data.label)

  // Python's text replaces what stands here only when it means to: while a person types, theirs is the newer one.
  if (held.token !== data.token) {
    clearTimeout(held.timer)
    held.token = data.token
    held.sent = field.value = data.text
  }
  const wrong = new Set(data.wrong)
  const draw = () => {
    const count = Math.max(field.value.split("\n").length, data.rows)
    lines.replaceChildren(...Array.from({ length: count }, (_, index) => {
      const line = document.createElement("div")
      line.textContent = String(index + 1)
      if (wrong.has(index + 1)) line.className = "wrong"
      return line
    }))
    field.style.height = `${count * 20 + 20}px`
  }
  const send = () => {
    clearTimeout(held.timer)
    if (held.sent === field.value) return
    held.sent = field.value
    setStateValue("written", { token: held.token, text: field.value })
  }
  const insert = text => {
    // Keeps the field's own undo, which setting its value would not.
    if (!document.execCommand("insertText", false, text)) field.setRangeText(text, field.selectionStart, field.selectionEnd, "end")
  }
  field.oninput = () => {
    draw()
    clearTimeout(held.timer)
    held.timer = setTimeout(send, MOMENT)
  }
  field.onblur = send
  field.onkeydown = event => {
    const before = field.value.slice(field.value.lastIndexOf("\n", field.selectionStart - 1) + 1, field.selectionStart)
    if (event.key === "Escape") held.leaving = true
    else if (event.key === "Tab" && !event.shiftKey && !held.leaving) {
      event.preventDefault()
      insert("  ")
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault()
      send()
    } else if (event.key === "Enter") {
      event.preventDefault()
      const margin = before.match(/^ */)[0]
      insert(`\n${margin}${/:\s*$/.test(before) ? "  " : ""}`)
    } else held.leaving = false
  }
  field.onfocus = () => { held.leaving = false }
  draw()
  return () => clearTimeout(held.timer)
}
