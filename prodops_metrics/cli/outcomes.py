"""The outcomes of the definitions' tests as text, as workflow commands and as JSON."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from prodops_metrics.cli.findings import annotation, counted, within
from prodops_metrics.reports.answers import REASONS
from prodops_metrics.reports.metric_tests import Comparison, Outcome, Value

HEADER = ("Day", "", "Expected", "Found")
HOW = """ A test gives a few events and says what a metric must be then:

tests:
  a_search_counts_once:
    metric: search_count
    given: |
      user,time,event
      u1,2026-06-01T09:00,search_submitted
    expect: {2026-06-01: 1}"""


def as_line(outcome: Outcome) -> str:
    """A test that passed in one line; one that failed with a table of what was expected and what was found."""
    test, took = outcome.test, f"{outcome.seconds:.2f} s"
    if outcome.passed:
        return f"passed  {test.id} ({test.metric}), {took}"
    return "\n".join([f"FAILED  {test.id} ({test.metric}), {took}, {test.place}", *_indented(explained(outcome)), ""])


def explained(outcome: Outcome) -> str:
    """What a test expected and found, where they differ, and what could not be compared."""
    wrong = [one for one in outcome.comparisons if not one.agrees]
    rows = [(one.day.isoformat(), _what(one), _shown(one.expected), _shown(one.found)) for one in wrong]
    return "\n".join([*(_table([HEADER, *rows]) if rows else ()), *outcome.problems])


def as_workflow_command(outcome: Outcome, project: Path) -> str:
    """A failed test as an annotation of its definition."""
    place = outcome.test.place
    title = f"test {outcome.test.id} of {outcome.test.metric} failed"
    return annotation("error", (within(project, place.file), place.line, place.column), title, explained(outcome))


def closing(outcomes: Sequence[Outcome], names: Sequence[str] = ()) -> str:
    """How many tests there were, and how many of them failed."""
    failed = sum(not outcome.passed for outcome in outcomes)
    if not outcomes:
        return f"No tests of {', '.join(names)}.{HOW}" if names else f"No tests.{HOW}"
    total = counted(len(outcomes), "test", "tests").capitalize()
    return f"{total}, {f'{failed:,} failed' if failed else 'all passed'}."


def outcome_values(outcomes: Iterable[Outcome]) -> dict[str, Any]:
    """The outcomes as JSON values."""
    tests = [_values(outcome) for outcome in outcomes]
    return {"tests": tests, "passed": sum(test["passed"] for test in tests), "failed": sum(not t["passed"] for t in tests)}


def _values(outcome: Outcome) -> dict[str, Any]:
    place = outcome.test.place
    return {
        "test": outcome.test.id,
        "metric": outcome.test.metric,
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "passed": outcome.passed,
        "seconds": round(outcome.seconds, 3),
        "problems": list(outcome.problems),
        "comparisons": [
            {
                "day": one.day.isoformat(),
                **dict(one.axes),
                "value": one.name,
                "expected": one.expected,
                "found": one.found,
                "agrees": one.agrees,
            }
            for one in outcome.comparisons
        ],
    }


def _what(one: Comparison) -> str:
    """The number that is meant, as a test writes it."""
    axes = "".join(f"{name} {value}, " for name, value in one.axes.items())
    return f"{axes}{'n' if one.name == 'units' else one.name}"


def _shown(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    words = next((words for reason, words in REASONS.items() if reason == value), "")
    if words:
        return f"{value} ({words})"
    return "-" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _indented(text: str) -> list[str]:
    return [f"        {line}" for line in text.split("\n")]
