"""What was said of the health of the data by each snapshot: what is new and gone is told against it."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from prodops_metrics.reports.health.model import Finding, Past, Touched
from prodops_metrics.reports.session import Session
from prodops_metrics.warehouse.sayings import keep_saying, sayings, was_said

if TYPE_CHECKING:
    from prodops_metrics.reports.health.model import HealthReport


@dataclass(frozen=True, slots=True)
class Said:
    """The findings of a snapshot, as they were told when it was made."""

    snapshot: int
    data_through: date
    findings: tuple[Finding, ...]


def keep_health(session: Session, now: datetime | None = None) -> "HealthReport":
    """Keeps what a snapshot says of its health under the definitions of the session, and returns it.

    Raises:
        ProdopsError: it cannot be had, or what is kept cannot be read.
    """
    from prodops_metrics.reports.health import health

    found = health(session, now)
    root, (number, definitions) = session.catalog.root, session.origin
    if not was_said(root, "health", number, definitions):
        values = [_values(one) for one in found.findings]
        saying = {"data_through": found.pinned.data_through.isoformat(), "findings": values}
        keep_saying(root, "health", number, definitions, saying)
    return found


def before(session: Session) -> Said | None:
    """What was said by the snapshot that this one was made from; None at the first one."""
    own = session.warehouse
    made_from = int(own.meta.get("made_from") or own.snapshot - 1)
    return next((said for number, said in sorted(_every(session).items(), reverse=True) if number <= made_from), None)


def known_before(session: Session, found: Iterable[Finding]) -> list[Finding]:
    """The findings with what is new in them, and the snapshot that said each first without a break since."""
    own = session.warehouse.snapshot
    earlier = [said for number, said in sorted(_every(session).items(), reverse=True) if number < own]
    ids = [(said.snapshot, {one.id for one in said.findings}) for said in earlier]
    return [_placed(one, own, ids) for one in found]


def _placed(one: Finding, own: int, earlier: Iterable[tuple[int, set[str]]]) -> Finding:
    first = own
    for snapshot, ids in earlier:
        if one.id not in ids:
            break
        first = snapshot
    return replace(one, change="new" if first == own else "still", first_seen=first)


def past(session: Session, findings: Iterable[Finding]) -> tuple[Past, ...]:
    """What each snapshot before this one said, the oldest first, and what this one says now."""
    own = session.warehouse.snapshot
    told = [said for number, said in sorted(_every(session).items()) if number < own]
    told.append(Said(own, session.warehouse.horizon().through, tuple(findings)))
    found, former = [], frozenset[str]()
    for said in told:
        now = frozenset(one.id for one in said.findings)
        failing, warning = (sum(one.severity == kind for one in said.findings) for kind in ("failing", "warning"))
        new, gone = tuple(sorted(now - former)), tuple(sorted(former - now))
        found.append(Past(said.snapshot, said.data_through, failing, warning, new, gone))
        former = now
    return tuple(found)


def _every(session: Session) -> Mapping[int, Said]:
    """By snapshot, the last thing that was said of each."""
    told = sayings(session.catalog.root, "health")
    return {
        one["snapshot"]: Said(
            one["snapshot"], date.fromisoformat(one["data_through"]), tuple(_finding(each) for each in one["findings"])
        )
        for one in told
    }


def _values(one: Finding) -> dict[str, Any]:
    """A finding as it is kept: without values from the data, which may be somebody's who asks to be forgotten."""
    kept = {name: value for name, value in asdict(one).items() if name not in {"change", "first_seen", "stub", "example"}}
    what = f"{one.title}: `{one.subject}` ({one.figure})." if one.example else one.what
    return kept | {"what": what, "since": one.since.isoformat() if one.since else None}


def _finding(values: Mapping[str, Any]) -> Finding:
    touched = Touched(**{name: tuple(ids) for name, ids in values["touched"].items()})
    since = date.fromisoformat(values["since"]) if values["since"] else None
    return Finding(**{**values, "touched": touched, "since": since})
