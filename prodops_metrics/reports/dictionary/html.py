"""The pages of the dictionary as HTML: nothing is fetched from elsewhere, and whatever people wrote is escaped."""

import re
from collections.abc import Iterable, Mapping
from html import escape

from prodops_metrics.reports.dictionary.pages import KINDS, Block, Dictionary, Page, Ref

CODE = re.compile(r"`+([^`]+)`+")
LINKED = ("metrics", "events", "features", "segments", "teams")
"""The kinds that a word in code may mean, the likeliest first."""
SAFE = ("https://", "http://")
LAYOUT = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="stylesheet" href="{root}dictionary.css">
</head>
<body data-root="{root}">
<a class="skip" href="#content">To the content</a>
<header>
<a class="home" href="{root}index.html">{project}</a>
<div class="search" role="search"><input type="search" id="search" placeholder="Search" aria-label="Search the dictionary" \
autocomplete="off" aria-controls="found" aria-expanded="false"><ol id="found" hidden></ol></div>
<nav aria-label="Kinds">{nav}</nav>
</header>
<main id="content">
{body}
</main>
<footer>Definitions {hash}. Days are local to {timezone}.</footer>
<script src="{root}search.js"></script>
<script src="{root}dictionary.js"></script>
</body>
</html>
"""


class Writer:
    """Writes the pages of one dictionary."""

    def __init__(self, dictionary: Dictionary) -> None:
        self.dictionary = dictionary

    def index(self) -> str:
        """The first page: how much there is of each kind, and the features."""
        cards = "".join(
            f'<a class="card" href="{kind}/index.html"><b>{len(pages)}</b> {escape(title)}</a>'
            for kind, title in KINDS.items()
            if (pages := self.dictionary.of(kind))
        )
        features = self.listing(self.dictionary.of("features"), "")
        body = f'<h1>{escape(self.dictionary.name)}</h1><div class="cards">{cards}</div><h2>Features</h2>{features}'
        return self.laid_out("Dictionary", body, "")

    def kind(self, kind: str) -> str:
        """The list of all pages of a kind."""
        return self.laid_out(
            KINDS[kind], f"<h1>{escape(KINDS[kind])}</h1>{self.listing(self.dictionary.of(kind), '../')}", "../"
        )

    def page(self, page: Page) -> str:
        """One page."""
        marks = "".join(f' <span class="mark {escape(mark)}">{escape(mark)}</span>' for mark in page.marks)
        kind = f'<p class="kind"><a href="index.html">{escape(KINDS[page.ref.kind])}</a></p>'
        name = f"<p class=id><code>{escape(page.ref.id)}</code></p>" if page.title != page.ref.id else ""
        parts = [
            f"{kind}<h1>{escape(page.title)}{marks}</h1>{name}",
            f'<p class="summary">{self.prose(page.summary)}</p>' if page.summary else "",
            f'<p class="lead">{self.prose(page.lead)}</p>' if page.lead else "",
            self.facts(page),
            *map(self.block, page.blocks),
            self.written(page),
            self.related("Leads to", page.uses),
            self.related("Used by", page.used_by),
        ]
        return self.laid_out(f"{page.title} - {KINDS[page.ref.kind]}", "\n".join(part for part in parts if part), "../")

    def laid_out(self, title: str, body: str, root: str) -> str:
        """A whole document."""
        nav = "".join(
            f'<a href="{root}{kind}/index.html">{escape(name)}</a>'
            for kind, name in KINDS.items()
            if self.dictionary.of(kind)
        )
        values = {"title": f"{title} - {self.dictionary.name}", "project": self.dictionary.name, "root": root}
        facts = {"hash": self.dictionary.hash, "timezone": self.dictionary.timezone}
        escaped = {name: escape(value) for name, value in {**values, **facts}.items()}
        return LAYOUT.format(**escaped, nav=nav, body=body)

    def listing(self, pages: Iterable[Page], root: str) -> str:
        """Pages with what they are about, one line each."""
        rows = "".join(
            f"<li>{self.link(page.ref, root)}{self.marks(page)} <span>{self.prose(page.summary, root)}</span></li>"
            for page in pages
        )
        return f'<ul class="listing">{rows}</ul>'

    def marks(self, page: Page) -> str:
        """How a definition stands, beside its name."""
        return "".join(f' <span class="mark {escape(mark)}">{escape(mark)}</span>' for mark in page.marks)

    def facts(self, page: Page) -> str:
        """The keys of a definition with their values, and its links out of the dictionary."""
        rows = [f"<dt>{escape(key)}</dt><dd>{self.prose(value)}</dd>" for key, value in page.facts]
        rows += [f"<dt>{escape(name)}</dt><dd>{_outward(url)}</dd>" for name, url in page.links]
        return f"<dl>{''.join(rows)}</dl>" if rows else ""

    def block(self, block: Block) -> str:
        """A heading and what stands under it."""
        lines = "".join(f"<li>{self.prose(line)}</li>" for line in block.lines)
        head, *rows = block.table or ((),)
        body = "".join(self.row(row, "td") for row in rows)
        table = f"<table><thead>{self.row(head, 'th')}</thead><tbody>{body}</tbody></table>"
        return "".join(
            (
                f"<h2>{escape(block.heading)}</h2>",
                f"<ul>{lines}</ul>" if lines else "",
                f'<div class="wide">{table}</div>' if block.table else "",
                f"<pre><code>{_code(block.code)}</code></pre>" if block.code else "",
            )
        )

    def row(self, cells: Iterable[str], tag: str) -> str:
        """A row of a table."""
        return f"<tr>{''.join(f'<{tag}>{self.prose(cell)}</{tag}>' for cell in cells)}</tr>"

    def written(self, page: Page) -> str:
        """The definition as it stands in its file."""
        if page.written is None or not page.written.text:
            return ""
        place = escape(str(page.written.place))
        return f"<h2>Definition</h2><p class=place>{place}</p><pre><code>{escape(page.written.text)}</code></pre>"

    def related(self, heading: str, refs: Iterable[Ref]) -> str:
        """Links to other pages, by kind."""
        by_kind: dict[str, list[Ref]] = {}
        for ref in refs:
            by_kind.setdefault(ref.kind, []).append(ref)
        groups = "".join(
            f"<dt>{escape(KINDS[kind])}</dt><dd>{', '.join(self.link(ref, '../') for ref in by_kind[kind])}</dd>"
            for kind in KINDS
            if kind in by_kind
        )
        return f"<h2>{escape(heading)}</h2><dl class=related>{groups}</dl>" if groups else ""

    def link(self, ref: Ref, root: str) -> str:
        """A link to a page, by its title."""
        return f'<a href="{root}{ref.kind}/{escape(ref.id)}.html">{escape(self.dictionary.pages[ref].title)}</a>'

    def prose(self, text: str, root: str = "../") -> str:
        """Text with its code marked; code that is the name of something leads there."""
        parts = CODE.split(text)
        return "".join(self.named(part, root) if index % 2 else escape(part) for index, part in enumerate(parts))

    def named(self, code: str, root: str) -> str:
        """A word of code."""
        ref = next((ref for kind in LINKED if (ref := Ref(kind, code)) in self.dictionary.pages), None)
        shown = f"<code>{escape(code)}</code>"
        return f'<a href="{root}{ref.kind}/{escape(ref.id)}.html">{shown}</a>' if ref else shown


def search_index(dictionary: Dictionary) -> list[Mapping[str, str]]:
    """What the search looks through."""
    return [
        {
            "kind": KINDS[ref.kind],
            "url": f"{ref.kind}/{ref.id}.html",
            "id": ref.id,
            "title": page.title,
            "text": page.summary,
        }
        for ref, page in dictionary.pages.items()
    ]


def _outward(url: str) -> str:
    """A link out of the dictionary; an address that is none of the web stays text."""
    if not url.lower().startswith(SAFE):
        return escape(url)
    return f'<a href="{escape(url)}" rel="noreferrer">{escape(url)}</a>'


def _code(text: str) -> str:
    """Code, with the spot between « and » marked."""
    return escape(text).replace("«", "<mark>").replace("»", "</mark>")
