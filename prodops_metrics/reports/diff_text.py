"""What a change of the definitions moves, as one Markdown comment for a pull request, and as plain values."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any, cast

from prodops_metrics.metrics import Metric
from prodops_metrics.reports.dates import day
from prodops_metrics.reports.diff import Diff, Figure, MetricChange
from prodops_metrics.reports.wording import number, signed

MARK = "<!-- prodops-metrics: what this change moves -->"
"""The first line of the comment, by which it is found again and updated in place."""


def markdown(diff: Diff) -> str:
    """One Markdown comment, with figures of the last complete windows."""
    lines = [MARK, f"### {_title(diff)}", "", _basis(diff), ""]
    if diff.changed:
        lines += ["| metric | last complete window | mean of 12 | largest change |", "|---|---|---|---|"]
        lines += [_row(each) for each in diff.changed]
        lines += ["", *(line for each in diff.changed for line in _explained(each))]
    lines += _listed("Other definitions", diff.others)
    lines += _listed("Only words changed in", diff.reworded)
    return "\n".join(lines).rstrip() + "\n"


def _title(diff: Diff) -> str:
    if not diff.changed:
        return "No number moved"
    if diff.snapshot is None:
        return f"{_many(len(diff.changed), 'metric')} changed meaning"
    if not diff.moved:
        return f"No number moved, though {_many(len(diff.changed), 'metric')} changed meaning"
    return f"{_many(len(diff.moved), 'metric')} moved"


def _basis(diff: Diff) -> str:
    rested = f"{_many(diff.rested, 'metric')} mean{'s' if diff.rested == 1 else ''} what they meant at {diff.ref}."
    rested = rested.replace("means what they meant", "means what it meant")
    if diff.snapshot is None or diff.data_through is None:
        return f"{rested} No snapshot is at hand here, so meanings are compared and no numbers."
    return f"{rested} Both versions on snapshot {diff.snapshot}, data through {day(diff.data_through)}."


def _row(change: MetricChange) -> str:
    name = f"`{change.metric}`" + (f" (was `{change.renamed_from}`)" if change.renamed_from else "")
    cells = [name, _last(change), _mean(change), _largest(change)]
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


def _last(change: MetricChange) -> str:
    return _arrow(_point(change.old), _point(change.new))


def _arrow(old: str, new: str) -> str:
    if not old or not new:
        return new or f"{old}, no more" if old or new else ""
    return old if old == new else f"{old} → **{new}**"


def _point(figure: Figure | None) -> str:
    if figure is None:
        return ""
    metric = cast("Metric", figure.metric)
    if figure.point is None:
        return f"({figure.absent})"
    bounds = "" if figure.low is None else f" ({number(metric, figure.low)} to {number(metric, figure.high)})"
    return f"{number(metric, figure.point)}{bounds}"


def _mean(change: MetricChange) -> str:
    means = [
        number(cast("Metric", one.metric), one.mean) if one and one.mean is not None else ""
        for one in (change.old, change.new)
    ]
    return _arrow(*means)


def _largest(change: MetricChange) -> str:
    if change.largest is None or change.new is None:
        return "none" if not change.moved else ""
    metric, step = cast("Metric", change.new.metric), change.largest
    relative = f", {signed(100 * (step.new - step.old) / abs(step.old))} %" if step.old else ""
    return f"{number(metric, step.old)} → {number(metric, step.new)}{relative} ({day(step.bucket)})"


def _explained(change: MetricChange) -> Iterator[str]:
    """What changed in a metric, and what depends on it."""
    yield f"- `{change.metric}`: {'; '.join(change.words)}."
    if change.dependents:
        yield f"  - depends on it: {', '.join(f'`{name}`' for name in change.dependents)}"
    yield from (f"  - {flip}" for flip in change.flips)


def _listed(title: str, names: Iterable[str]) -> list[str]:
    every = list(names)
    return ["", f"{title}: {', '.join(every)}."] if every else []


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
        "changed": [_values(each) for each in diff.changed],
    }


def _values(change: MetricChange) -> dict[str, Any]:
    step = change.largest
    return {
        "metric": change.metric,
        "renamed_from": change.renamed_from,
        "moved": change.moved,
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
