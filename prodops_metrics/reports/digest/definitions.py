"""What the definitions say otherwise than they did, with what that does to the numbers."""

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from prodops_metrics.definitions import Catalog
from prodops_metrics.metrics import Metric
from prodops_metrics.reports.dates import day
from prodops_metrics.reports.diff import MetricChange, diff
from prodops_metrics.reports.digest.model import Base, Change
from prodops_metrics.reports.session import Session
from prodops_metrics.reports.wording import number
from prodops_metrics.warehouse.kept_definitions import kept_definitions

MOST_NAMED = 5


def redefined(session: Session, base: Base) -> tuple[list[Change], list[str]]:
    """The changes of meaning since, and notes on what cannot be told of them."""
    if base.definitions in {None, session.catalog.hash}:
        return [], []
    contents = kept_definitions(session.catalog.root, base.definitions or "")
    if contents is None:
        return [], [f"The definitions changed ({base.definitions} to {session.catalog.hash}); what they said was not kept."]
    found = diff(session.catalog.root, f"snapshot {base.snapshot}", contents)
    changes = [*_metrics(session.catalog, found.changed)]
    changes += [
        Change("definition", one.name, f"{one.kind} `{one.name}`", f"{'; '.join(one.words)}.", one.flips)
        for one in found.redefined
    ]
    changes += [Change("definition", "", "Definitions", f"{line}.") for line in found.others]
    words = f"Only words changed in {', '.join(found.reworded)}." if found.reworded else ""
    return changes, [words] if words else []


def _metrics(catalog: Catalog, changed: Sequence[MetricChange]) -> Iterator[Change]:
    """Metrics that changed for the same reason together, as standard metrics do for every feature."""
    alike: dict[tuple[str, ...], list[MetricChange]] = {}
    for one in changed:
        alike.setdefault(one.words, []).append(one)
    for words, group in alike.items():
        ids = [one.metric for one in group]
        more = f" and {len(ids) - MOST_NAMED} more" if len(ids) > MOST_NAMED else ""
        named = ", ".join(f"`{one}`" for one in ids[:MOST_NAMED]) + more
        numbers = tuple(line for one in group[:MOST_NAMED] if (line := _numbers(one)))
        flips = tuple(flip for one in group for flip in one.flips)
        features = tuple(dict.fromkeys(filter(None, (_feature(catalog, one) for one in ids))))
        yield Change("definition", ids[0], named, f"{'; '.join(words)}.", (*numbers, *flips), features=features)


def _numbers(change: MetricChange) -> str:
    """The last complete window under both meanings, on the same data."""
    old, new = change.old, change.new
    if old is None or new is None or old.point is None or new.point is None or new.bucket is None:
        return ""
    metric = cast("Metric", new.metric)
    texts = [number(metric, one.point) for one in (old, new)]
    same = f"{texts[0]} under both" if texts[0] == texts[1] else f"{texts[0]} as it was meant, {texts[1]} as it is meant now"
    return f"`{change.metric}`, {day(new.bucket)}: {same}."


def _feature(catalog: Catalog, metric: str) -> str:
    metrics: Mapping[str, object] = catalog.metrics
    return catalog.metric(metric).feature or "" if metric in metrics else ""
