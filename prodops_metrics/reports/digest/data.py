"""What is otherwise with the data since: rows that came and rows set aside, and what health found, or finds no more."""

from collections.abc import Iterator, Mapping
from typing import Any

from prodops_metrics.reports.digest.model import Base, Change
from prodops_metrics.reports.session import Session
from prodops_metrics.warehouse.report import REASONS
from prodops_metrics.warehouse.sayings import sayings
from prodops_metrics.warehouse.since import loaded_since, merged_since, set_aside_since

Findings = Mapping[str, Mapping[str, Any]]
"""What health found, by what it is called from snapshot to snapshot."""


def data_changes(session: Session, base: Base) -> Iterator[Change]:
    """What is wrong since, what is so no more, and what was loaded; nothing where no snapshot of then is known."""
    if base.snapshot is None:
        return
    yield from _health(session, base.snapshot)
    yield from _quarantined(session, base.snapshot)
    yield from _merged(session, base.snapshot)
    loaded = loaded_since(session.warehouse, base.snapshot)
    for row in loaded.iter_rows(named=True):
        files = f"{row['files']} file{'' if row['files'] == 1 else 's'}"
        yield Change("data", row["source"], f"Source {row['source']}", f"{row['loaded']:,} rows came from {files}.")


def _merged(session: Session, snapshot: int) -> Iterator[Change]:
    for row in merged_since(session.warehouse, snapshot).iter_rows(named=True):
        said = (
            f"{row['merged']:,} ids were merged and {row['parted']:,} parted; {row['redated']:,} are first seen earlier now."
        )
        yield Change("data", row["entity"], f"Ids of {row['entity']}", said)


def _quarantined(session: Session, snapshot: int) -> Iterator[Change]:
    for row in set_aside_since(session.warehouse, snapshot).iter_rows(named=True):
        why = REASONS.get(row["reason"], row["reason"])
        counted = f"{row['rows']:,} row{'' if row['rows'] == 1 else 's'}"
        sentence = f"{counted} set aside: {why}, such as {row['example']}."
        yield Change("data", row["source"], f"Source {row['source']}", sentence, good=False)


def _health(session: Session, snapshot: int) -> Iterator[Change]:
    then, now = _findings(session, snapshot), _findings(session, session.warehouse.snapshot)
    if then is None or now is None:
        return
    yield from (_told(one, "", good=False) for name, one in now.items() if name not in then)
    yield from (_told(one, "No more: ", good=True) for name, one in then.items() if name not in now)


def _told(finding: Mapping[str, Any], before: str, *, good: bool) -> Change:
    features = tuple(finding["touched"]["features"])
    touched = (f"It makes doubtful: {', '.join(features)}.",) if features and not good else ()
    return Change("data", finding["subject"], finding["title"], f"{before}{finding['what']}", touched, good, features)


def _findings(session: Session, snapshot: int) -> Findings | None:
    """What health said of the latest snapshot that is no later than this one; None where it said nothing yet."""
    told = [one for one in sayings(session.catalog.root, "health") if one["snapshot"] <= snapshot]
    return {f"{one['kind']}:{one['subject']}": one for one in told[-1]["findings"]} if told else None
