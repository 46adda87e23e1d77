"""The dictionary: every definition has a page, pages lead to each other both ways, and nothing comes from elsewhere."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from prodops_metrics.definitions import CHECKS, contents_of
from prodops_metrics.errors import ProdopsError
from prodops_metrics.metrics import METRIC_TYPES, load_catalog
from prodops_metrics.reports.dictionary import Dictionary, Ref, dictionary, write
from prodops_metrics.reports.dictionary.files import files
from tests.documents import reference_files

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from playwright.sync_api import Page as Tab

HOSTILE = "</script><script>alert(1)</script>\"'&amp;"
KINDS = ("metrics", "events", "features", "segments", "goals", "experiments", "tests", "insights", "work")


class Document(HTMLParser):
    """What a page leads to and loads, and the tags that are open at its end."""

    VOID = frozenset({"meta", "link", "input", "br"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "a":
            self.links.append(found.get("href") or "")
        elif url := found.get("src") or found.get("href"):
            self.loads.append(url)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project")
    for name, content in reference_files().items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


@pytest.fixture(scope="module")
def found(project: Path) -> Dictionary:
    contents = contents_of(project)
    return dictionary(load_catalog(project, contents), contents)


def pages(found: Dictionary) -> Iterator[tuple[str, Document]]:
    for name, text in files(found).items():
        if name.endswith(".html"):
            yield name, Document(text)


def test_every_definition_type_and_check_has_a_page(project: Path, found: Dictionary) -> None:
    catalog = load_catalog(project)
    expected = {Ref(kind, name) for kind in KINDS for name in getattr(catalog, kind)}
    expected |= {Ref("types", word) for word in METRIC_TYPES} | {Ref("checks", code) for code in CHECKS}
    assert expected <= set(found.pages)
    assert {f"{ref.kind}/{ref.id}.html" for ref in expected} <= set(files(found))


def test_every_link_inside_leads_to_a_page(found: Dictionary) -> None:
    written = files(found)
    for name, page in pages(found):
        inside = [link for link in (*page.links, *page.loads) if "://" not in link and not link.startswith("#")]
        assert inside
        for link in inside:
            assert (Path(name).parent / link).as_posix().replace(f"{Path(name).parent.as_posix()}/../", "") in written, (
                name,
                link,
            )


def test_pages_lead_to_each_other_both_ways(found: Dictionary) -> None:
    for ref, page in found.pages.items():
        assert all(ref in found.pages[to].used_by for to in page.uses)
        assert all(ref in found.pages[by].uses for by in page.used_by)
    search = found.pages[Ref("events", "search_submitted")]
    assert {Ref("features", "search"), Ref("metrics", "zero_result_rate"), Ref("metrics", "search.adoption")} <= set(
        search.used_by
    )
    rate = found.pages[Ref("metrics", "zero_result_rate")]
    assert {Ref("goals", "fewer_empty_searches"), Ref("experiments", "ranking_v2")} <= set(rate.used_by)
    assert {Ref("events", "search_submitted"), Ref("types", "ratio"), Ref("teams", "team-discovery")} <= set(rate.uses)


def test_nothing_is_loaded_from_elsewhere(found: Dictionary) -> None:
    for name, page in pages(found):
        assert all("//" not in url for url in page.loads), name
        assert not page.open
    for name, text in files(found).items():
        if name.endswith(("css", "dictionary.js")):
            assert not re.search(r"https?:|//[a-z]|@import|url\(", re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE)), name


def test_a_definition_stands_on_its_page_as_it_was_written(found: Dictionary) -> None:
    page = found.pages[Ref("metrics", "monthly_searchers")]
    assert page.written is not None
    assert page.written.text.startswith("monthly_searchers:\n  description: People whose searches")
    assert page.written.text.endswith("# rolling, with a point each week")
    standard = found.pages[Ref("metrics", "search.activation")].written
    assert standard is not None
    assert standard.text.startswith("activation:\n")


def test_a_metric_says_what_it_means(found: Dictionary) -> None:
    lead = found.pages[Ref("metrics", "zero_result_rate")].lead
    assert lead.startswith("How often `search_submitted` where `(results = 0)` happened, divided by how often")
    assert "Lower is better." in lead
    assert "Left out: Our own staff." in lead


def test_what_people_write_is_text_and_never_markup(tmp_path: Path) -> None:
    contents = {
        "metric_defs/project.yml": f"project:\n  timezone: UTC\n  name: {json.dumps(HOSTILE)}\n".encode(),
        "metric_defs/a.yml": (
            f"events:\n  opened: {{description: {json.dumps(HOSTILE)}}}\n"
            "features:\n  a: {used: opened, links: {bad: 'javascript:alert(1)', good: 'https://wiki.example/a?b=1&c=2'}}\n"
        ).encode(),
    }
    found = dictionary(load_catalog(tmp_path, contents), contents)
    for _, page in pages(found):
        assert page.loads[-2:] in (["search.js", "dictionary.js"], ["../search.js", "../dictionary.js"])
        assert len(page.loads) == 3
        assert not any(link.startswith("javascript") for link in page.links)
    assert "</script" not in files(found)["search.js"]
    assert "https://wiki.example/a?b=1&c=2" in Document(files(found)["features/a.html"]).links


def test_marks_show_how_a_definition_stands(found: Dictionary) -> None:
    assert found.pages[Ref("events", "search_saved")].marks == ("broken",)
    assert found.pages[Ref("metrics", "old_searches")].marks == ("deprecated",)
    assert found.pages[Ref("metrics", "zero_result_rate")].marks == ()


def test_what_is_no_more_is_taken_away(found: Dictionary, tmp_path: Path) -> None:
    folder = tmp_path / "dictionary"
    write(found, folder)
    (folder / "notes.txt").write_text("mine")
    fewer = Dictionary("Fewer", "UTC", "0", {ref: page for ref, page in found.pages.items() if ref.kind == "checks"})
    assert write(fewer, folder) == len(CHECKS)
    assert not (folder / "metrics" / "zero_result_rate.html").exists()
    assert (folder / "notes.txt").read_text() == "mine"


def test_a_folder_with_something_else_in_it_is_left_alone(found: Dictionary, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(ProdopsError, match="holds something else"):
        write(found, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.fixture
def visited(browser: "Browser", found: Dictionary, tmp_path: Path) -> Iterator["Tab"]:
    """The dictionary opened from disk, with all requests and complaints of the browser."""
    write(found, tmp_path / "dictionary")
    context = browser.new_context(viewport={"width": 390, "height": 844}, offline=True)
    page = context.new_page()
    page.goto((tmp_path / "dictionary" / "index.html").as_uri())
    yield page
    context.close()


@pytest.mark.browser
def test_the_search_finds_pages_without_a_network(visited: "Tab") -> None:
    visited.keyboard.press("/")
    visited.keyboard.type("zero rate")
    assert visited.locator("#found a").first.inner_text().startswith("zero_result_rate")
    visited.keyboard.press("Enter")
    visited.wait_for_url("**/metrics/zero_result_rate.html")
    visited.fill("#search", "no such thing anywhere")
    assert "Nothing has this" in visited.locator("#found").inner_text()


@pytest.mark.browser
@pytest.mark.parametrize(
    "path", ["index", "events/search_submitted", "checks/E201", "metrics/search_click_through", "types/funnel"]
)
def test_pages_fit_a_phone(path: str, visited: "Tab") -> None:
    visited.goto(visited.url.replace("index.html", f"{path}.html"))
    assert visited.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
