// The search: looks through search.js, which is loaded before this, and fetches nothing.
(() => {
  const MOST = 12;
  const box = document.getElementById("search");
  const list = document.getElementById("found");
  const root = document.body.dataset.root;

  const rank = (page, words) => {
    const id = page.id.toLowerCase();
    const all = `${id} ${page.title} ${page.kind} ${page.text}`.toLowerCase();
    if (!words.every((word) => all.includes(word))) return 0;
    if (id === words.join("_") || id === words[0]) return 4;
    return words.every((word) => id.startsWith(word)) ? 3 : words.every((word) => id.includes(word)) ? 2 : 1;
  };

  const found = (text) => {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    if (!words.length) return [];
    return window.PAGES.map((page) => [rank(page, words), page])
      .filter(([score]) => score > 0)
      .sort(([a], [b]) => b - a)
      .slice(0, MOST)
      .map(([, page]) => page);
  };

  const line = (page) => {
    const item = document.createElement("li");
    const link = item.appendChild(document.createElement("a"));
    link.href = root + page.url;
    link.textContent = page.title;
    link.appendChild(document.createElement("small")).textContent = `${page.kind} · ${page.text || page.id}`;
    return item;
  };

  const nothing = () => {
    const item = document.createElement("li");
    item.className = "none";
    item.textContent = "Nothing has this in its name or description.";
    return item;
  };

  const show = () => {
    const pages = found(box.value);
    const open = box.value.trim() !== "";
    list.replaceChildren(...(pages.length ? pages.map(line) : [nothing()]));
    list.hidden = !open;
    box.setAttribute("aria-expanded", String(open));
  };

  const step = (event) => {
    const links = [box, ...list.querySelectorAll("a")];
    const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") {
      box.value = "";
      show();
      box.focus();
    } else if (event.key === "Enter" && document.activeElement === box && links[1]) {
      links[1].click();
    } else if (way) {
      event.preventDefault();
      const at = links.indexOf(document.activeElement);
      links[Math.max(0, Math.min(links.length - 1, at + way))].focus();
    }
  };

  box.addEventListener("input", show);
  box.parentElement.addEventListener("keydown", step);
  document.addEventListener("click", (event) => {
    if (!box.parentElement.contains(event.target)) list.hidden = true;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== box) {
      event.preventDefault();
      box.focus();
    }
  });
})();
