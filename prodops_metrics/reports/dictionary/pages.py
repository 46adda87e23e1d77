"""What stands on the pages of the dictionary, and which page leads to which."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple, cast

from prodops_metrics.definitions import CHECKS, Catalog, Check, Contents, Feature, MetricDefinition, Part, Property
from prodops_metrics.definitions.links import links
from prodops_metrics.metrics import METRIC_TYPES, Metric
from prodops_metrics.reports.excerpts import Excerpt, excerpt
from prodops_metrics.reports.sentences import meaning_in_words
from prodops_metrics.reports.spoken import key_of, spoken, values_of
from prodops_metrics.reports.type_docs import TypeDocs, type_docs

KINDS: Mapping[str, str] = {
    "features": "Features",
    "metrics": "Metrics",
    "events": "Events",
    "segments": "Segments",
    "goals": "Goals",
    "experiments": "Experiments",
    "tests": "Tests",
    "insights": "Insights",
    "work": "Work",
    "teams": "Teams",
    "types": "Metric types",
    "checks": "Checks",
}
"""The kinds of pages, in the order in which they are listed."""
OF_CATALOG = tuple(kind for kind in KINDS if kind not in {"teams", "types", "checks"})
ELSEWHERE = frozenset(
    {"type", "name", "description", "finding", "task", "links", "properties", "standard", "given", "status"}
)
"""Fields that stand on their page in another form than a line of facts."""


class Ref(NamedTuple):
    """A page by its kind and id."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Block:
    """Something under a heading: lines of prose, a table with a header, or code."""

    heading: str
    lines: tuple[str, ...] = ()
    table: tuple[tuple[str, ...], ...] = ()
    code: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One page. Code in texts stands in backticks; ``facts`` are keys with their values in words.

    ``uses`` are the pages that it leads to, ``used_by`` those that lead here; ``links`` lead out of the dictionary.
    """

    ref: Ref
    title: str
    summary: str
    marks: tuple[str, ...] = ()
    lead: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    blocks: tuple[Block, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    written: Excerpt | None = None
    uses: tuple[Ref, ...] = ()
    used_by: tuple[Ref, ...] = ()


@dataclass(frozen=True, slots=True)
class Dictionary:
    """All pages, by kind in the order of the files; ``hash`` is that of the definitions."""

    name: str
    timezone: str
    hash: str
    pages: Mapping[Ref, Page]

    def of(self, kind: str) -> tuple[Page, ...]:
        """The pages of one kind."""
        return tuple(page for page in self.pages.values() if page.ref.kind == kind)


def dictionary(catalog: Catalog, contents: Contents) -> Dictionary:
    """The dictionary of a project, whose files have these ``contents``."""
    pages = {page.ref: page for page in (*_defined(catalog, contents), *_teams(catalog), *_types(), *_checks())}
    return Dictionary(catalog.project.name, catalog.project.timezone, catalog.hash, _linked(pages))


def _linked(pages: Mapping[Ref, Page]) -> Mapping[Ref, Page]:
    """The pages without what leads nowhere, and each with those that lead to it."""
    uses = {ref: tuple(to for to in dict.fromkeys(page.uses) if to in pages and to != ref) for ref, page in pages.items()}
    used_by: dict[Ref, list[Ref]] = defaultdict(list)
    for ref, found in uses.items():
        for to in found:
            used_by[to].append(ref)
    return {ref: replace(page, uses=uses[ref], used_by=tuple(used_by[ref])) for ref, page in pages.items()}


def _defined(catalog: Catalog, contents: Contents) -> Iterator[Page]:
    for kind in OF_CATALOG:
        for name, part in getattr(catalog, kind).items():
            yield _page(Ref(kind, name), part, catalog, contents)


def _page(ref: Ref, part: Part, catalog: Catalog, contents: Contents) -> Page:
    said = next((text for key in ("description", "finding", "task") if (text := getattr(part, key, ""))), "")
    return Page(
        ref=ref,
        title=getattr(part, "name", "") or ref.id,
        summary=said,
        marks=tuple(_marks(part)),
        lead=" ".join(meaning_in_words(cast("Metric", part), catalog)) if isinstance(part, MetricDefinition) else "",
        facts=tuple(_facts(part)),
        blocks=tuple(_blocks(part, catalog)),
        links=tuple(getattr(part, "links", {}).items()),
        written=excerpt(part.place, contents),  # type: ignore[attr-defined]  # whatever a catalog holds has its place
        uses=tuple(_uses(part)),
    )


def _marks(part: Part) -> Iterator[str]:
    status = getattr(part, "status", "active")
    if status != "active":
        yield status
    if isinstance(part, Feature) and part.stage != "ga":
        yield part.stage


def _facts(part: Part) -> Iterator[tuple[str, str]]:
    """Each key that holds something, as the YAML calls it, with its value in words."""
    for name, value in values_of(part).items():
        if name not in ELSEWHERE and value is not None and value not in ((), "") and value != {}:
            yield key_of(part, name), value if isinstance(value, str) and " " in value else spoken(value)


def _uses(part: Part) -> Iterator[Ref]:
    yield from (Ref(kind, name) for kind, name in links(part))
    if isinstance(part, MetricDefinition):
        yield Ref("types", part.type)


def _blocks(part: Part, catalog: Catalog) -> Iterator[Block]:
    properties: Mapping[str, Property] = getattr(part, "properties", {})
    if properties:
        yield Block("Properties", table=_table(properties))
    if hasattr(part, "properties") and catalog.properties:
        yield Block("Properties of every event", table=_table(catalog.properties))
    if isinstance(part, Feature):
        absent = [f"`{name}` is absent: {why}." for name, why in catalog.absent.items() if name.startswith(f"{part.id}.")]
        if absent:
            yield Block("Standard metrics that it does not have", lines=tuple(absent))
    if given := getattr(part, "given", ""):
        yield Block("Given", code=given)


def _table(properties: Mapping[str, Property]) -> tuple[tuple[str, ...], ...]:
    rows = [
        (
            f"`{name}`",
            f"{each.type}{', required' if each.required else ''}",
            spoken(each.enum) if each.enum else "",
            each.description or "",
        )
        for name, each in properties.items()
    ]
    return (("Property", "Type", "Values", "What it is"), *rows)


def _teams(catalog: Catalog) -> Iterator[Page]:
    for name, team in catalog.project.teams.items():
        yield Page(Ref("teams", name), team.name, "", facts=(("contact", team.contact),) if team.contact else ())


def _types() -> Iterator[Page]:
    for word, model in METRIC_TYPES.items():
        docs = type_docs(model)
        yield Page(Ref("types", word), word, docs.title, facts=tuple(_said(docs)), blocks=tuple(_example(docs)))


def _said(docs: TypeDocs) -> Iterator[tuple[str, str]]:
    yield from ((name, text) for name in ("unit", "denominator", "source") if (text := getattr(docs, name)))


def _example(docs: TypeDocs) -> Iterator[Block]:
    if docs.keys:
        rows = ((f"`{key}`", text) for key, text in docs.keys)
        yield Block("Its keys, beside those of every metric", table=(("Key", "What it is"), *rows))
    if docs.example:
        yield Block("Example, under metrics:", code=docs.example)


def _checks() -> Iterator[Page]:
    for code, check in sorted(CHECKS.items()):
        yield Page(Ref("checks", code), code, check.title, (check.group,), check.why, blocks=tuple(_shown(check)))


def _shown(check: Check) -> Iterator[Block]:
    """The examples of a check; the spot that the invalid one is reported at keeps its marks."""
    if check.valid:
        yield Block("Valid", code=check.valid)
    if check.invalid:
        yield Block("Invalid", code=check.invalid)
    if check.data:
        yield Block("With this export", code=check.data)
