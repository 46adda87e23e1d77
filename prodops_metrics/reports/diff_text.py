"""What a change of the definitions moves, as one Markdown comment for a pull request, and as plain values."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any, cast

from prodops_metrics.metrics import Metric
from prodops_metrics.reports.dates import day
from prodops_metrics.reports.diff import Diff, Figure, MetricChange, Step
from prodops_metrics.reports.redefined import Redefinition
from prodops_metrics.reports.wording import is_percent, number, signed

MARK = "<!-- prodops-metrics: what this change moves -->"
"""The first line of the comment, by which it is found again and updated in place."""
COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
LONGEST = 60_000
"""Characters of a comment; code hosts refuse one of 65,536."""
LONGEST_WORDS, MOST_NAMES = 400, 40
NOT_COMPARED = (
    "It was read by the definitions of one version; the other reads the exports otherwise, so that it has no numbers there."
)
SHOWN_WORDS = {"segment": "who is in a segment", "project": "a setting of the project"}
"""Kinds that change what people see without changing what a metric means."""
SHOWN_BY = SHOWN_WORDS.keys()


def markdown(diff: Diff) -> str:
    """One Markdown comment, with figures of the last complete windows; no longer than a code host takes."""
    most = len(diff.changed)
    while len(text := _comment(diff, most)) > LONGEST and most:
        most //= 2
    return text if len(text) <= LONGEST else f"{text[:LONGEST].rpartition(chr(10))[0]}\n\n{_all_of_it(diff)}\n"


def _comment(diff: Diff, most: int) -> str:
    """The comment with so many of the changed metrics, those first that moved."""
    shown = sorted(diff.changed, key=lambda each: not each.moved)[:most]
    lines = [MARK, f"### {_title(diff)}", "", _basis(diff), ""]
    if shown and diff.snapshot is not None:
        lines += ["| metric | last complete window | mean of 12 | largest change |", "|---|---|---|---|"]
        lines += [*(_row(each) for each in shown), ""]
    lines += _explanations(shown)
    if len(shown) < len(diff.changed):
        lines += [f"- … and {_many(len(diff.changed) - len(shown), 'metric')} more. {_all_of_it(diff)}"]
    lines += _redefined(diff)
    lines += ["", "Judged otherwise:", "", *(f"- {flip}" for flip in diff.verdicts)] if diff.verdicts else []
    lines += _listed("Other definitions", diff.others)
    lines += _listed("Only words changed in", diff.reworded)
    return "\n".join(lines).replace("\n\n\n", "\n\n").rstrip() + "\n"


def _all_of_it(diff: Diff) -> str:
    return f"`prodops diff {_ref(diff)} --json` has everything."


def _title(diff: Diff) -> str:
    changed, unread = len(diff.changed), sum(each.unread for each in diff.changed)
    if diff.snapshot is None:
        return f"{_many(changed, 'metric')} changed meaning" if changed else _unmoved(diff)
    if not diff.moved and not unread:
        return f"No number moved, though {_many(changed, 'metric')} changed meaning" if changed else _unmoved(diff)
    moved = [f"{_many(len(diff.moved), 'metric')} moved"] if diff.moved else []
    return ", ".join([*moved, *([f"{_many(unread, 'metric')} cannot be compared on one snapshot"] if unread else [])])


def _unmoved(diff: Diff) -> str:
    """What to say where no metric changed its meaning: something else may still move what people see."""
    kinds = {each.kind for each in diff.redefined}
    if "source" in kinds:
        return "No number moved yet, but the next refresh reads the exports otherwise"
    if kinds & SHOWN_BY:
        said = " and ".join(SHOWN_WORDS[kind] for kind in SHOWN_WORDS if kind in kinds)
        return f"No metric changed meaning, but {said} did"
    return "No number moved"


def _basis(diff: Diff) -> str:
    rested = f"{_many(diff.rested, 'metric')} mean{'s' if diff.rested == 1 else ''} what they meant at {_ref(diff)}."
    rested = rested.replace("means what they meant", "means what it meant")
    if diff.snapshot is None or diff.data_through is None:
        return f"{rested} No snapshot is at hand here, so meanings are compared and no numbers."
    said = f"{rested} Both versions on snapshot {diff.snapshot}, data through {day(diff.data_through)}."
    return f"{said} {NOT_COMPARED}" if any(each.unread for each in diff.changed) else said


def _ref(diff: Diff) -> str:
    """The ref as somebody says it: of a whole commit id as much as is told apart by."""
    return diff.ref[:12] if COMMIT.fullmatch(diff.ref) else diff.ref


def _row(change: MetricChange) -> str:
    name = f"`{change.metric}`" + (f" (was `{change.renamed_from}`)" if change.renamed_from else "")
    cells = [name, _last(change), _mean(change), _largest(change)]
    return f"| {' | '.join(_cut(cell).replace('|', '&#124;') for cell in cells)} |"


def _last(change: MetricChange) -> str:
    figure = change.new or change.old
    when = f", {day(figure.bucket)}" if figure and figure.bucket else ""
    return f"{_arrow(_point(change.old), _point(change.new))}{when}"


def _arrow(old: str, new: str) -> str:
    if not old or not new:
        return new or f"{old}, no more" if old or new else ""
    return old if old == new else f"{old} → **{new}**"


def _point(figure: Figure | None) -> str:
    if figure is None:
        return ""
    metric = cast("Metric", figure.metric)
    if figure.point is None:
        return "(not on this snapshot)" if figure.unread else f"({figure.absent})"
    if figure.low is None:
        return number(metric, figure.point)
    low = max(figure.low, 0.0) if metric.never_negative else figure.low
    return f"{number(metric, figure.point)} ({number(metric, low)} to {number(metric, figure.high)})"


def _mean(change: MetricChange) -> str:
    return _arrow(*(number(cast("Metric", one.metric), one.mean) if one else "" for one in (change.old, change.new)))


def _largest(change: MetricChange) -> str:
    if change.largest is None or change.new is None:
        return "" if change.moved or change.unread else "none"
    metric, step = cast("Metric", change.new.metric), change.largest
    moved = f"{number(metric, step.old)} → {number(metric, step.new)}"
    return f"{moved}{_by_how_much(metric, step)} ({day(step.bucket)})"


def _by_how_much(metric: Metric, step: Step) -> str:
    """Percentages move by points, everything else in percent of what it was."""
    if is_percent(metric):
        return f", {signed(100 * (step.new - step.old))} pp"
    return f", {signed(100 * (step.new - step.old) / abs(step.old))} %" if step.old else ""


def _explanations(changes: Sequence[MetricChange]) -> list[str]:
    """What changed in each metric, and what depends on it; what all of them share is said once."""
    shared = (
        [words for words in changes[0].words if all(words in each.words for each in changes)] if len(changes) > 2 else []
    )
    said = [f"- all of them: {'; '.join(map(_cut, shared))}."] if shared else []
    return [*said, *(line for each in changes for line in _explained(each, shared))]


def _explained(change: MetricChange, shared: Sequence[str]) -> Iterator[str]:
    own = [_cut(words) for words in change.words if words not in shared]
    if own or change.dependents or change.flips:
        yield f"- `{change.metric}`{': ' if own else ''}{'; '.join(own)}."
    if change.dependents:
        yield f"  - depends on it: {_several(f'`{name}`' for name in change.dependents)}"
    yield from (f"  - {flip}" for flip in change.flips)


def _redefined(diff: Diff) -> list[str]:
    lines = ["", "Definitions that say something else:", ""] if diff.redefined else []
    for each in diff.redefined:
        name = each.kind if each.kind == "project" else f"{each.kind} `{each.name}`"
        lines += [f"- {name}: {'; '.join(map(_cut, each.words))}.", *(f"  - {flip}" for flip in each.flips)]
    return lines


def _listed(title: str, names: Iterable[str]) -> list[str]:
    every = list(names)
    return ["", f"{title}: {_several(every)}."] if every else []


def _several(names: Iterable[str]) -> str:
    every = list(names)
    more = [f"and {len(every) - MOST_NAMES:,} more"] if len(every) > MOST_NAMES else []
    return ", ".join([*every[:MOST_NAMES], *more])


def _cut(words: str) -> str:
    """Words on one line, and no more of them than somebody reads."""
    line = " ".join(words.split())
    return line if len(line) <= LONGEST_WORDS else f"{line[:LONGEST_WORDS]} …"


def _many(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def diff_values(diff: Diff) -> dict[str, Any]:
    """The same as plain values, for ``--json``; dates are ISO days."""
    return {
        "ref": diff.ref,
        "snapshot": diff.snapshot,
        "data_through": diff.data_through.isoformat() if diff.data_through else None,
        "moved": [each.metric for each in diff.moved],
        "unchanged": diff.rested,
        "reworded": list(diff.reworded),
        "others": list(diff.others),
        "redefined": [_redefinition_values(each) for each in diff.redefined],
        "verdicts": list(diff.verdicts),
        "changed": [_values(each) for each in diff.changed],
    }


def _redefinition_values(each: Redefinition) -> dict[str, Any]:
    return {"kind": each.kind, "name": each.name, "words": list(each.words), "flips": list(each.flips)}


def _values(change: MetricChange) -> dict[str, Any]:
    step = change.largest
    return {
        "metric": change.metric,
        "renamed_from": change.renamed_from,
        "moved": None if change.unread else change.moved,
        "words": list(change.words),
        "old": _figure_values(change.old),
        "new": _figure_values(change.new),
        "largest": {**asdict(step), "bucket": step.bucket.isoformat()} if step else None,
        "dependents": list(change.dependents),
        "flips": list(change.flips),
    }


def _figure_values(figure: Figure | None) -> dict[str, Any] | None:
    if figure is None:
        return None
    return {
        "bucket": figure.bucket.isoformat() if figure.bucket else None,
        "point": figure.point,
        "low": figure.low,
        "high": figure.high,
        "mean": figure.mean,
        "points": {bucket.isoformat(): value for bucket, value in figure.points.items()},
        "absent": figure.absent or None,
    }
