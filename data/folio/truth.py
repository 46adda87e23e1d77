"""What was planted and what came of it, counted from the simulated events and not from the exports or by the engine."""

import json
from collections.abc import Collection, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from folio.activity import EXPORTED_AT, Event, local_day
from folio.exports import OLD_NAME, Row, WeekFile
from folio.features import FEATURES, Feature
from folio.people import FIRST_DAY, LAST_DAY, Account, User

DATA_THROUGH = LAST_DAY - timedelta(days=1)
WINDOW_START = DATA_THROUGH - timedelta(days=27)
BACKGROUND = "sync_completed"


def write_truth(path: Path, accounts: Sequence[Account], users: Sequence[User], files: Sequence[WeekFile]) -> None:
    """Writes the planted facts as JSON, for tests to compare with what the product says."""
    rows = [row for file in files for row in file.rows]
    features = _features(rows)
    truth = {
        "days": {"first": str(FIRST_DAY), "last": str(LAST_DAY), "data_through": str(DATA_THROUGH)},
        "exported_at_utc": str(EXPORTED_AT),
        "exports": {
            "events": _event_rows(files),
            "users": _unit_rows(len(users)),
            "accounts": _unit_rows(len(accounts)),
        },
        "flaws": _flaws(rows),
        "users": _users(users, rows),
        "features": features,
        "adoption_order": list(features),
    }
    path.write_text(json.dumps(truth, indent=2) + "\n", encoding="utf-8", newline="\n")


def _event_rows(files: Sequence[WeekFile]) -> dict[str, int]:
    loaded, duplicates = sum(len(file.rows) for file in files), sum(len(file.repeated) for file in files)
    malformed = sum(len(file.malformed) for file in files)
    return {
        "files": len(files),
        "rows": loaded + duplicates + malformed,
        "loaded": loaded,
        "duplicates": duplicates,
        "malformed": malformed,
    }


def _unit_rows(rows: int) -> dict[str, int]:
    return {"files": 1, "rows": rows, "loaded": rows, "duplicates": 0, "malformed": 0}


def _flaws(rows: Sequence[Row]) -> dict[str, int]:
    return {
        "without_user": sum(not row.has_user for row in rows),
        "late": sum(row.late for row in rows),
        "under_old_name": sum(row.name == OLD_NAME[1] for row in rows),
    }


def _users(users: Sequence[User], rows: Sequence[Row]) -> dict[str, int]:
    seen = {row.event.user.id for row in rows if row.has_user}
    return {
        "listed": len(users),
        "seen": len(seen),
        "internal": sum(user.internal for user in users),
        "joined_during_the_data": sum(user.signed_up >= FIRST_DAY for user in users),
    }


def _features(rows: Sequence[Row]) -> dict[str, Any]:
    """In order of adoption, highest first."""
    known = [row.event for row in rows if row.has_user and not row.event.user.internal]
    recent = [event for event in known if WINDOW_START <= local_day(event.moment) <= DATA_THROUGH]
    found = {feature.id: _feature(feature, known, recent) for feature in FEATURES}
    return dict(sorted(found.items(), key=lambda item: -item[1]["last_28_days"]["adoption"]))


def _feature(feature: Feature, known: Sequence[Event], recent: Sequence[Event]) -> dict[str, Any]:
    active = {event.user.id for event in recent if event.name != BACKGROUND and feature.eligible(event.user)}
    used, exposed = _who(recent, feature.roles.used), _who(recent, feature.roles.exposed)
    return {
        "fate": feature.fate,
        "launched": str(feature.launched),
        "planted": {
            "found": feature.found,
            "adopted_of_found": feature.adopted,
            "habit_of_adopted": feature.habit,
            "use_on_a_day_at_work": feature.use,
            "use_in_a_week_of_three_days": round(1 - (1 - feature.use) ** 3, 4),
            "works": feature.works,
            "fails": feature.fails,
        },
        "ever_used": len(_who(known, feature.roles.used)),
        "last_28_days": {
            "eligible_active": len(active),
            "exposed": len(exposed),
            "used": len(used),
            "adoption": round(len(used) / len(active), 4),
        },
    }


def _who(events: Collection[Event], name: str) -> set[str]:
    return {event.user.id for event in events if event.name == name}
