"""E1: single values - dates, numbers, lengths - and what kind of value stands where."""

import re
from collections.abc import Iterable
from typing import Literal

from prodops_metrics.definitions.checks.registry import check
from prodops_metrics.definitions.faults import Flaw
from prodops_metrics.definitions.nearest import did_you_mean, meaning, shown

NUMBERS: dict[str, tuple[str, str | None]] = {
    "int": ("a whole number", "Write it in digits, such as `30`."),
    "float": ("a number", "Write it in digits, such as `12` or `0.5`."),
    "share": ("a share", "Write it as `30%` or `0.30`."),
    "amount": ("a number", "Write it as `12`, `30%` or, in points, `4pp`."),
    "plain": ("a number but a difference", "Write it as `12`, `0.30` or `30%`."),
}
KINDS: dict[str, tuple[str, str | None]] = {
    "value": ("one value", "To ask for a missing one: {is_set: false}"),
    "values": ("a list of at least one value", "An empty list matches nothing."),
    "pair": ("two values", "Write `between: [1, 10]`; both are included."),
    "key": ("a key, which is one word", "Write the word alone, and its value behind `: `."),
    "file": ("a mapping", "A file starts with a kind such as `metrics:`, and ids below it."),
    "section": ("a mapping", "Below a kind stand ids, each with its definition."),
    "filter": ("a filter", "Write `filter: {property: value}`; SQL stands under `where:`."),
    "where": ("one SQL condition", "Write it as text: where: \"plan = 'pro'\""),
    "column": ("a column", "Write a column's name, or {constant: value}."),
    "entity": ("an entity", "Write `entity: account`, or `entity: {property: invoice_id}`."),
    "event": ("an event", "Write an event, `any`, {event: ..., filter: ...} or a list of these."),
    "mapping": ("a mapping", "Write `key: value` on lines of their own, or {key: value}."),
    "list": ("a list", "Write [one, two]."),
    "text": ("text", "Write it in quotes."),
    "bool": ("`true` or `false`", "Write one of the two, without quotes."),
}
SIGNS = re.compile(r"[+-]?[0-9.]+")


@check("E104")
def not_a_date(raw: object) -> Flaw:
    """A date is not one.

    Dates are local days, written year first; 05/04 is April to one reader and May to the next.

    Valid:
        features:
          quick_search: {used: search_submitted, launched: 2026-02-28}

    Invalid:
        features:
          quick_search: {used: search_submitted, launched: «2026-02-30»}
    """
    return Flaw("E104", f"{shown(raw)} is not a date", "Write a day of the calendar as 2026-05-04.")


@check("E105")
def not_a_number(raw: object, kind: Literal["int", "float", "share", "amount", "plain"]) -> Flaw:
    """A number is not one, or a share is more than the whole.

    A share is written `30%` or `0.30`. A bare 30 may mean either, so it is asked back.

    Valid:
        sources:
          shop: {kind: events, files: shop/*.csv, columns: {id: id}, time: {timezone: UTC}, max_quarantine: 5%}

    Invalid:
        sources:
          shop: {kind: events, files: shop/*.csv, columns: {id: id}, time: {timezone: UTC}, max_quarantine: «5»}
    """
    number = str(raw).strip().removesuffix("%").rstrip()
    if kind == "share" and SIGNS.fullmatch(number):
        return Flaw("E105", f"{shown(raw)} is more than the whole", f"Did you mean `{number}%`?")
    what, cure = NUMBERS[kind]
    return Flaw("E105", f"{shown(raw)} is not {what}", cure)


@check("E106")
def not_a_duration(raw: object, *, days: bool = False) -> Flaw:
    """A length of time is not one, or not in whole days where days are counted.

    A rolling window counts local days, so it has no half ones.

    Valid:
        metrics:
          searchers_28d: {description: People who searched, type: count_distinct, event: search_submitted, window: 28 days}

    Invalid:
        metrics:
          searchers_28d: {description: People who searched, type: count_distinct, event: search_submitted, window: «28»}
    """
    if days:
        message = "a rolling window counts local days, and this is no whole number of them"
        return Flaw("E106", message, "Write whole days, such as `7 days` or `4 weeks`.")
    cure = "Write a length up to ten years such as `7 days`, `1 hour`, `30 minutes` or `2 weeks`."
    return Flaw("E106", f"{shown(raw)} is not a duration", cure)


@check("E107")
def wrong_kind(raw: object, expected: str) -> Flaw:
    """Something of another kind stands here.

    A list where one value is meant, text where keys are meant: what is written cannot be what was meant.

    Valid:
        metrics:
          weekly_searchers: {description: People who searched, type: count_distinct, event: search_submitted, grains: [day]}

    Invalid:
        metrics:
          weekly_searchers: {description: People who searched, type: count_distinct, event: search_submitted, grains: «day»}
    """
    what, cure = KINDS[expected]
    if expected == "list" and isinstance(raw, str):
        cure = f"Write [{raw}]."
    return Flaw("E107", f"{shown(raw)} is not {what}", cure)


@check("E115")
def unknown_timezone(name: str, known: Iterable[str]) -> Flaw:
    """There is no such time zone.

    Abbreviations such as CET name several zones and no summer time; the names of the IANA database are exact.

    Valid:
        sources:
          shop: {kind: events, files: shop/*.csv, columns: {id: id}, time: {timezone: Europe/Berlin}}

    Invalid:
        sources:
          shop: {kind: events, files: shop/*.csv, columns: {id: id}, time: {timezone: «Europe/Berln»}}
    """
    places = [each for each in known if "/" in each]
    word = name.rpartition("/")[2].lower()
    otherwise = "Write an IANA name such as `Europe/Berlin` or `UTC`."
    named = sorted(each for each in places if each.rpartition("/")[2].lower() == word)[:3]
    cure = meaning(named) or did_you_mean(name, places, otherwise=otherwise)
    return Flaw("E115", f"there is no time zone `{name}`", cure)


@check("E116")
def impossible_value(reason: str, cure: str | None = None, *path: str | int) -> Flaw:
    """A value is of the right kind, and still cannot be.

    Too short, too small, or at odds with another key of the same definition; the message says which.

    Valid:
        metrics:
          found: {description: People who opened a result, type: funnel, window: none, steps: [any, search_result_clicked]}

    Invalid:
        metrics:
          found: {description: «""», type: funnel, window: none, steps: [any, search_result_clicked]}
    """
    return Flaw("E116", reason[:1].lower() + reason[1:], cure, path)
