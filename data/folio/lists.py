"""Writes what is exported beside the events: accounts with their history, users, releases, surveys and identities."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from folio.calendar import ZONE
from folio.draws import Draw
from folio.exports import DayFile
from folio.people import Account, User
from folio.releases import Release
from folio.stories import Event
from folio.visitors import Visitor, identities

WORDS = {
    "5": ("Just what I needed", "Saves me an hour a week", ""),
    "4": ("Good, could be quicker", "", ""),
    "3": ("It is all right", "", ""),
    "2": ("Not what I expected", "I had to ask a colleague"),
    "1": ("Did not work for me", "I gave up"),
}


def write_units(folder: Path, accounts: Sequence[Account], users: Sequence[User], invited_to: str) -> None:
    """Who there is, without what only the generator knows; accounts have a row for each of their plans."""
    rows = (f"{a.id},{plan},{a.country},{since}" for a in accounts for since, plan in a.plans)
    _write_lines(folder / "accounts.csv", "account_id,plan,country,since", rows)
    header = "user_id,account_id,role,internal,signed_up,beta"
    _write_lines(folder / "users.csv", header, (_user(user, invited_to) for user in users))


def write_releases(folder: Path, releases: Sequence[Release]) -> None:
    """The list of releases, in local times."""
    header = "version,released_at,rolled_back_at,customer_impacting,team"
    _write_lines(folder / "releases.csv", header, map(_release, releases))


def write_identities(folder: Path, visitors: Sequence[Visitor]) -> None:
    """Which anonymous id turned out to be whose."""
    rows = (f"{name},{user.id},{user.signed_up}" for name, user in identities(visitors))
    _write_lines(folder / "identities.csv", "anonymous_id,user_id,day", rows)


def write_surveys(folder: Path, seed: int, files: Sequence[DayFile]) -> None:
    """The answers as the survey tool exports them; those whose user was not known are missing there."""
    answers = answers_known(files)
    rows = []
    for number, event in enumerate(sorted(answers, key=lambda each: (each.moment, each.user.id if each.user else "")), 1):
        words = WORDS[event.properties["score"]]
        text = words[Draw(seed, f"answer {number}").between(0, len(words) - 1)]
        who = event.user.id if event.user else ""
        said = (event.properties["feature"], event.properties["score"], "5", f'"{text}"' if "," in text else text)
        rows.append(",".join((f"s{number:04d}", f"{event.moment:%Y-%m-%dT%H:%M:%SZ}", who, *said)))
    _write_lines(folder / "surveys.csv", "answer_id,time,user_id,feature,score,scale,comment", rows)


def answers_known(files: Sequence[DayFile]) -> list[Event]:
    """The answers of users who were known when they answered."""
    return [row.event for file in files for row in file.rows if row.name == "survey_answered" and row.event.known]


def _user(user: User, invited_to: str) -> str:
    beta = invited_to if user.invited else ""
    return ",".join((user.id, user.account.id, user.role, str(user.internal).lower(), str(user.signed_up), beta))


def _release(release: Release) -> str:
    back = _local(release.rolled_back) if release.rolled_back else ""
    impact = str(release.customer_impacting).lower()
    return ",".join((release.version, _local(release.shipped), back, impact, release.team))


def _local(moment: datetime) -> str:
    return f"{moment.replace(tzinfo=UTC).astimezone(ZONE):%Y-%m-%d %H:%M}"


def _write_lines(path: Path, header: str, lines: Iterable[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join((header, *lines, "")), encoding="utf-8", newline="\n")
