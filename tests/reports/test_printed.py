"""A report as one HTML file: it asks no network for anything, holds every number and receipt, escapes what people wrote."""

import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from prodops_metrics.charts.export import both_modes
from prodops_metrics.reports.drawings import drawings
from prodops_metrics.reports.feature import FeatureReport, feature_report
from prodops_metrics.reports.printed import feature_html
from prodops_metrics.reports.session import Session
from prodops_metrics.reports.view import View

LARGEST = 1_000_000


class Parsed(HTMLParser):
    """What a browser finds: tags with attributes, the ids, and the text."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def report(sample: Session) -> FeatureReport:
    return feature_report(sample, "search")


@pytest.fixture(scope="module")
def document(report: FeatureReport) -> str:
    return feature_html(report, both_modes)


@pytest.fixture(scope="module")
def parsed(document: str) -> Parsed:
    return Parsed(document)


def undrawn(_chart: str, _given: object, name: str, _width: int) -> tuple[str, str]:
    return f"<svg id='{name}'></svg>", ""


def test_the_file_is_small_has_no_script_and_asks_no_network_for_anything(document: str, parsed: Parsed) -> None:
    assert len(document.encode()) < LARGEST
    assert not {"script", "link", "img", "iframe", "object", "embed", "base"} & {tag for tag, _ in parsed.tags}
    given = [f"{name}={value}" for _, attributes in parsed.tags for name, value in attributes.items()]
    assert not [each for each in given if re.match(r"(src|srcset|href|xlink:href|action|data)=|on\w+=", each)]
    outside = re.findall(
        r"(?:https?:|//)[\w.-]+|@import|url\((?!#)", re.sub(r"<pre.*?</pre>", "", document, flags=re.DOTALL)
    )
    assert outside == []


def test_every_card_sentence_reason_and_receipt_of_the_report_stands_in_the_file(
    report: FeatureReport, parsed: Parsed
) -> None:
    words = " ".join(parsed.text.split())
    receipts = [card.receipt for card in report.cards] + [reason.receipt for reason in report.verdict.reasons]
    receipts += [one.receipt for section in report.sections for one in section.figures]
    receipts += [one.receipt for section in report.sections for one in section.contrasts]
    for receipt in receipts:
        assert receipt is not None
        assert " ".join(receipt.sql.split()) in words
        assert receipt.meaning in words
    for card in report.cards:
        for text in (card.text, card.interval_text, card.counted_text, card.window_text, card.movement_text):
            assert text in words
    for section in report.sections:
        for sentence in (*section.sentences, *section.notes):
            assert " ".join(sentence.replace("`", "").split()) in words


def test_every_picture_is_there_in_both_modes_with_words_and_its_numbers_as_a_table(
    report: FeatureReport, parsed: Parsed
) -> None:
    pictures = len(drawings(report))
    shown = [attributes for tag, attributes in parsed.tags if attributes.get("role") == "img" and tag == "div"]
    assert Counter(one["class"] for one in shown) == {"light": pictures, "dark": pictures}
    assert all(len(one["aria-label"]) > 10 for one in shown)
    assert sum(tag == "svg" for tag, _ in parsed.tags) == 2 * pictures
    assert sum(tag == "caption" for tag, _ in parsed.tags) == pictures
    adoption = report.series["adoption"].filter(report.series["adoption"]["complete"])["point"].to_list()
    assert all(f"{100 * point:.1f}\N{NO-BREAK SPACE}%" in parsed.text for point in adoption)


def test_no_id_stands_twice_and_every_reference_has_its_id(document: str, parsed: Parsed) -> None:
    ids = [attributes["id"] for _, attributes in parsed.tags if "id" in attributes]
    assert len(ids) == len(set(ids)) > 15
    assert set(re.findall(r"url\(#([^)]+)\)", document)) <= set(ids)


def test_what_people_wrote_is_text_and_never_markup(report: FeatureReport) -> None:
    evil = "<script>alert(1)</script> & \"quotes\" <img src=x onerror='y'>"
    feature = report.feature.model_copy(update={"name": evil, "description": evil})
    found = Parsed(feature_html(replace(report, feature=feature, owner=evil, summary=(evil,)), undrawn))
    assert not {"script", "img"} & {tag for tag, _ in found.tags}
    assert found.text.count("alert(1)") >= 4


def test_a_name_in_a_sentence_stands_as_code(document: str) -> None:
    assert "Decided by <code>search_click_through</code>." in document
    assert "`" not in re.sub(r"<pre.*?</pre>", "", document, flags=re.DOTALL)


def test_of_whom_it_tells_is_said_where_that_is_not_everybody(report: FeatureReport) -> None:
    narrowed = feature_html(replace(report, view=View(segment="editors", entity="account")), undrawn)
    assert "Only the segment editors, counted by account." in narrowed
    assert "The verdict is about everybody." not in feature_html(report, undrawn)


def test_a_feature_without_numbers_says_what_there_is_not(sample: Session) -> None:
    found = Parsed(feature_html(feature_report(sample, "offline_mode"), undrawn))
    words = " ".join(found.text.split())
    assert "Instrumentation suspect" in words or "Not enough data" in words or "too few to say" in words
    assert words.count("Not shown:") == 1
