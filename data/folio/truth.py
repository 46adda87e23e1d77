"""What was planted and what came of it, counted from the simulated events and not from the exports or by the engine."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from folio.calendar import DATA_THROUGH, EXPORTED_AT, FIRST_DAY, LAST_DAY, local_day
from folio.experiment import EXPERIMENT
from folio.exports import DayFile, Row
from folio.features import Dealt
from folio.flaws import BAD_ROWS, NO_NUMBER, OLD_NAME
from folio.lists import answers_known
from folio.people import Account, User
from folio.releases import PILOT_FROM, Release
from folio.standard import Log, standard_metrics
from folio.visitors import NOBODY, Visitor, identities


@dataclass(frozen=True, slots=True)
class World:
    """All that was made up."""

    features: Sequence[Dealt]
    accounts: Sequence[Account]
    users: Sequence[User]
    visitors: Sequence[Visitor]
    releases: Sequence[Release]
    files: Sequence[DayFile]


def write_truth(path: Path, world: World) -> None:
    """Writes the planted facts as JSON, for tests to compare with what the product says."""
    rows = [row for file in world.files for row in file.rows]
    features = _features(world, rows)
    truth = {
        "days": {"first": str(FIRST_DAY), "last": str(LAST_DAY), "data_through": str(DATA_THROUGH)},
        "exported_at_utc": str(EXPORTED_AT),
        "exports": _exports(world),
        "flaws": _flaws(world, rows),
        "users": _users(world, rows),
        "releases": _releases(world.releases),
        "experiment": _experiment(rows),
        "features": features,
        "adoption_order": list(features),
    }
    path.write_text(json.dumps(truth, indent=2) + "\n", encoding="utf-8", newline="\n")


def _exports(world: World) -> dict[str, dict[str, int]]:
    """What a refresh has to say of each source: every row read is loaded, a duplicate, in quarantine, or no row at all."""
    return {
        "product": _event_rows(world.files),
        "users": _plain_rows(len(world.users)),
        "accounts": _plain_rows(sum(len(account.plans) for account in world.accounts)),
        "releases": _plain_rows(len(world.releases)),
        "surveys": _plain_rows(len(answers_known(world.files))),
        "identities": _plain_rows(len(identities(world.visitors))),
    }


def _event_rows(files: Sequence[DayFile]) -> dict[str, int]:
    loaded, duplicates = sum(len(file.rows) for file in files), sum(len(file.repeated) for file in files)
    control = sum(row.reason == "header" for row in BAD_ROWS)
    quarantined = sum(len(file.bad) for file in files) - control
    rows = loaded + duplicates + quarantined + control
    return {
        "files": len(files),
        "rows": rows,
        "loaded": loaded,
        "duplicates": duplicates,
        "quarantined": quarantined,
        "control": control,
    }


def _plain_rows(rows: int) -> dict[str, int]:
    return {"files": 1, "rows": rows, "loaded": rows, "duplicates": 0, "quarantined": 0, "control": 0}


def _flaws(world: World, rows: Sequence[Row]) -> dict[str, Any]:
    tied = identities(world.visitors)
    seen = {row.event.anonymous for row in rows if not (row.event.user and row.event.known)} - {"", NOBODY}
    return {
        "without_user": sum(not (row.event.user and row.event.known) for row in rows),
        "without_any_id": sum(not (row.event.anonymous or (row.event.user and row.event.known)) for row in rows),
        "late": sum(row.file > row.day for row in rows),
        "under_old_name": sum(row.name == OLD_NAME[1] for row in rows),
        "values_of_another_type": sum(_not_a_number(row) for row in rows),
        "quarantined_for": dict(Counter(row.reason for row in BAD_ROWS if row.reason != "header")),
        "anonymous_ids": len({row.event.anonymous for row in rows} - {""}),
        "anonymous_ids_tied": len({name for name, _ in tied} - {NOBODY}),
        "anonymous_ids_merged": len(seen & {name for name, _ in tied}),
        "users_tied_to_one_id": sum(name == NOBODY for name, _ in tied),
    }


def _not_a_number(row: Row) -> bool:
    return row.name == "document_edited" and int(row.line[1 : row.line.index(",")]) % NO_NUMBER == 0


def _users(world: World, rows: Sequence[Row]) -> dict[str, int]:
    seen = {row.event.user.id for row in rows if row.event.user and row.event.known}
    return {
        "listed": len(world.users),
        "seen": len(seen),
        "internal": sum(user.internal for user in world.users),
        "invited": sum(user.invited for user in world.users),
        "joined_during_the_data": sum(user.signed_up >= FIRST_DAY for user in world.users),
        "in_accounts_that_changed_plan": sum(len(user.account.plans) > 1 for user in world.users),
    }


def _releases(releases: Sequence[Release]) -> dict[str, Any]:
    """Until the day before the pilot, and since, up to data through."""
    by_time = {"before": list[Release](), "since": list[Release]()}
    for release in releases:
        day = local_day(release.shipped)
        if day <= DATA_THROUGH:
            by_time["before" if day < PILOT_FROM else "since"].append(release)
    return {"pilot_from": str(PILOT_FROM)} | {name: _counted(found) for name, found in by_time.items()}


def _counted(releases: Sequence[Release]) -> dict[str, int]:
    return {
        "shipped": len(releases),
        "rolled_back": sum(release.rolled_back is not None for release in releases),
        "noticed_by_customers": sum(release.customer_impacting for release in releases),
    }


def _experiment(rows: Sequence[Row]) -> dict[str, Any]:
    """Users by variant, as the events say it."""
    seen = {
        (row.event.user.id, row.event.properties["variant"])
        for row in rows
        if row.event.name == "experiment_viewed" and row.event.user and row.event.known and not row.event.user.internal
    }
    users = Counter(variant for _, variant in seen)
    return {"id": EXPERIMENT.id, "users": dict(sorted(users.items())), "fruitless_searches_spared": EXPERIMENT.spared}


def _features(world: World, rows: Sequence[Row]) -> dict[str, Any]:
    """In order of adoption, highest first."""
    log = Log(rows)
    found = {dealt.id: _feature(dealt, log) for dealt in world.features}
    return dict(sorted(found.items(), key=lambda item: -(item[1]["last_28_days"]["adoption"] or 0)))


def _feature(dealt: Dealt, log: Log) -> dict[str, Any]:
    fate = dealt.fate
    return {
        "fate": dealt.fate_id,
        "says": fate.says,
        "verdict": fate.verdict,
        "first_reason": fate.reason,
        "launched": str(fate.launched),
        "turned": str(fate.turn.since) if fate.turn else None,
        "planted": {
            "found": fate.found,
            "adopted_of_found": fate.adopted,
            "habit_of_adopted": fate.habit,
            "use_on_a_day_at_work": fate.use,
            "works": fate.works,
            "fails": fate.turn.fails if fate.turn and fate.turn.fails is not None else fate.fails,
            "liked": fate.liked,
        },
        "ever_used": len(log.days_of(dealt.feature.roles.used)),
        **standard_metrics(log, dealt),
    }
