"""The six features and the fate that was planted in each: change a row here and its curve changes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from folio.people import User


@dataclass(frozen=True, slots=True)
class Roles:
    """The events that a feature sends."""

    exposed: str
    used: str
    succeeded: str
    failed: str | None = None


@dataclass(frozen=True, slots=True)
class Feature:
    """What people do with a feature.

    Attributes:
        fate: What its report ought to say, in a few words.
        eligible: Whom it is made for; nobody else ever meets it.
        found: Share of the eligible who ever notice it, ``lag`` weeks after launch or sign-up on average.
        adopted: Share of those who found it who try it.
        habit: Share of those who tried it who keep it; for the others the wish fades in ``fade`` weeks.
        use: Chance that a keeper uses it on a day at work; ``again`` is the chance of yet another use that day.
        glance: Chance that someone who found it sees it on a day at work without using it.
        works: Share of uses that succeed.
        fails: Share of uses that end in an error.
    """

    id: str
    fate: str
    launched: date
    roles: Roles
    eligible: Callable[[User], bool]
    found: float
    lag: float
    adopted: float
    habit: float
    fade: float
    use: float
    again: float
    glance: float
    works: float
    fails: float = 0.0


def everyone(user: User) -> bool:
    """A feature without `eligible`."""
    return bool(user.id)


def editors(user: User) -> bool:
    """`eligible: {role: {not: viewer}}`."""
    return user.role != "viewer"


def paying_editors(user: User) -> bool:
    """`eligible: {role: {not: viewer}, plan: {not: free}}`."""
    return editors(user) and user.account.plan != "free"


def pilots(user: User) -> bool:
    """`eligible: {offline_pilot: true}`."""
    return user.offline_pilot


FEATURES = (
    Feature(
        id="search",
        fate="a clear hit",
        launched=date(2026, 8, 3),
        roles=Roles("search_opened", "search_submitted", "search_result_clicked", "search_failed"),
        eligible=everyone,
        found=0.84,
        lag=3.2,
        adopted=0.79,
        habit=0.8,
        fade=1.2,
        use=0.44,
        again=0.35,
        glance=0.03,
        works=0.78,
        fails=0.012,
    ),
    Feature(
        id="comments",
        fate="steady",
        launched=date(2026, 2, 16),
        roles=Roles("comment_panel_opened", "comment_added", "comment_answered"),
        eligible=editors,
        found=0.82,
        lag=3.0,
        adopted=0.76,
        habit=0.75,
        fade=2.0,
        use=0.36,
        again=0.30,
        glance=0.04,
        works=0.74,
    ),
    Feature(
        id="export",
        fate="steady, for few",
        launched=date(2025, 11, 10),
        roles=Roles("export_menu_opened", "export_started", "export_finished", "export_failed"),
        eligible=everyone,
        found=0.39,
        lag=4.0,
        adopted=0.60,
        habit=0.75,
        fade=2.0,
        use=0.18,
        again=0.15,
        glance=0.02,
        works=0.95,
        fails=0.02,
    ),
    Feature(
        id="templates",
        fate="found but not understood",
        launched=date(2026, 5, 11),
        roles=Roles("template_gallery_opened", "template_picked", "template_document_saved"),
        eligible=editors,
        found=0.92,
        lag=2.0,
        adopted=0.2,
        habit=0.50,
        fade=2.0,
        use=0.14,
        again=0.10,
        glance=0.21,
        works=0.45,
    ),
    Feature(
        id="ai_summary",
        fate="tried once",
        launched=date(2026, 9, 21),
        roles=Roles("ai_summary_offered", "ai_summary_requested", "ai_summary_inserted", "ai_summary_failed"),
        eligible=paying_editors,
        found=0.70,
        lag=4.5,
        adopted=0.62,
        habit=0.06,
        fade=0.4,
        use=0.20,
        again=0.25,
        glance=0.04,
        works=0.55,
        fails=0.02,
    ),
    Feature(
        id="offline_mode",
        fate="too few people to tell",
        launched=date(2026, 10, 5),
        roles=Roles("offline_prompt_shown", "offline_session_started", "offline_changes_merged", "offline_conflict"),
        eligible=pilots,
        found=1.0,
        lag=0.8,
        adopted=0.90,
        habit=0.80,
        fade=1.5,
        use=0.30,
        again=0.10,
        glance=0.02,
        works=0.85,
        fails=0.05,
    ),
)
