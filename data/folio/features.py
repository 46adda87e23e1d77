"""The nine features of Folio, whom each is for and what it sends, and the fate that each was dealt."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from folio.draws import Draw
from folio.fates import FATES, Fate
from folio.people import User


@dataclass(frozen=True, slots=True)
class Roles:
    """The events that a feature sends."""

    exposed: str
    used: str
    succeeded: str
    failed: str


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a feature is for: from which day a user belongs to it (never, ``date.max``), and how YAML says so."""

    since: Callable[[User], date]
    eligible: str


def _everyone(user: User) -> date:
    return user.signed_up


def _editors(user: User) -> date:
    return user.signed_up if user.role != "viewer" else date.max


def _paying_editors(user: User) -> date:
    return max(_editors(user), user.account.paying_from)


EVERYONE = Audience(_everyone, "{}")
EDITORS = Audience(_editors, "{role: {not: viewer}}")
PAYING_EDITORS = Audience(_paying_editors, "{role: {not: viewer}, plan: {not: free}}")


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature; ``milliseconds`` is what a use takes in the middle, 0 where that is not measured."""

    id: str
    roles: Roles
    audience: Audience
    milliseconds: int = 0


FEATURES = (
    Feature("search", Roles("search_opened", "search_submitted", "search_result_clicked", "search_failed"), EVERYONE, 240),
    Feature("version_history", Roles("history_opened", "version_compared", "version_restored", "version_failed"), EDITORS),
    Feature(
        "templates",
        Roles("template_gallery_opened", "template_picked", "template_document_saved", "template_failed"),
        EDITORS,
    ),
    Feature(
        "ai_summary",
        Roles("ai_summary_offered", "ai_summary_requested", "ai_summary_inserted", "ai_summary_failed"),
        PAYING_EDITORS,
        2900,
    ),
    Feature("comments", Roles("comment_panel_opened", "comment_added", "comment_answered", "comment_failed"), EDITORS),
    Feature("export", Roles("export_menu_opened", "export_started", "export_finished", "export_failed"), EVERYONE, 1800),
    Feature(
        "offline_mode",
        Roles("offline_prompt_shown", "offline_session_started", "offline_changes_merged", "offline_conflict"),
        EDITORS,
        650,
    ),
    Feature("share_links", Roles("share_dialog_opened", "link_created", "link_visited", "link_refused"), EVERYONE, 320),
    Feature("macros", Roles("macro_menu_opened", "macro_started", "macro_finished", "macro_failed"), EDITORS, 900),
)

DEAL = {
    "search": "hit",
    "version_history": "slow_burner",
    "templates": "not_understood",
    "ai_summary": "tried_once",
    "comments": "declining",
    "export": "failing",
    "offline_mode": "too_few",
    "share_links": "untracked",
    "macros": "sunset",
}
"""The fate of each feature in the committed sample."""


@dataclass(frozen=True, slots=True)
class Dealt:
    """A feature with its fate."""

    feature: Feature
    fate_id: str

    @property
    def id(self) -> str:
        """That of the feature."""
        return self.feature.id

    @property
    def fate(self) -> Fate:
        """What becomes of it."""
        return FATES[self.fate_id]

    @property
    def eligible(self) -> str:
        """Whom it is for, as its definition has to say."""
        return f"{{beta: {self.id}}}" if self.fate.invited else self.feature.audience.eligible

    def since(self, user: User) -> date:
        """From which day the user belongs to those it is for; never is ``date.max``."""
        if self.fate.invited:
            return user.signed_up if user.invited else date.max
        return self.feature.audience.since(user)


def dealt(deal: Mapping[str, str] = DEAL) -> tuple[Dealt, ...]:
    """All features with the fates of a deal."""
    return tuple(Dealt(feature, deal[feature.id]) for feature in FEATURES)


def shuffled(seed: int) -> dict[str, str]:
    """Another deal: the same fates, each to a feature that the seed chooses."""
    draw, fates = Draw(seed, "deal"), sorted(FATES)
    return {feature.id: fates.pop(draw.between(0, len(fates) - 1)) for feature in FEATURES}
