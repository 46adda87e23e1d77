"""The properties that each event carries, as text, as they stand in the export."""

from collections.abc import Callable, Mapping

from folio.draws import Draw

Properties = Mapping[str, str]
COLUMNS = (
    *("platform", "seconds", "source", "results", "rank", "reason", "mention", "pages", "template", "words", "visibility"),
    *("steps", "duration_ms", "experiment", "variant", "feature", "score"),
)
"""The columns of properties in an export of events."""


def properties_of(event: str, draw: Draw) -> dict[str, str]:
    """What this event says beside who and when; most say nothing."""
    if event.endswith(FAILURES):
        return {"reason": draw.pick(REASONS.get(event, ANY_REASON))}
    maker = MAKERS.get(event)
    return maker(draw) if maker else {}


def duration(draw: Draw, milliseconds: float) -> str:
    """How long a use took: as often half as long as twice as long, and now and then far longer."""
    return str(int(milliseconds * 2 ** draw.normal()))


def _opened(draw: Draw) -> dict[str, str]:
    return {"platform": draw.pick({"web": 0.68, "desktop": 0.24, "mobile": 0.08})}


def _edited(draw: Draw) -> dict[str, str]:
    return {"seconds": str(10 * (2 + int(draw.exponential(45))))}


def _searched(draw: Draw) -> dict[str, str]:
    results = 0 if draw.chance(0.09) else 1 + int(draw.exponential(8))
    return {"source": draw.pick({"navbar": 0.55, "shortcut": 0.3, "page": 0.15}), "results": str(results)}


def _result_clicked(draw: Draw) -> dict[str, str]:
    return {"rank": str(1 + int(draw.exponential(1.6)))}


def _commented(draw: Draw) -> dict[str, str]:
    return {"mention": "true" if draw.chance(0.3) else "false"}


def _exported(draw: Draw) -> dict[str, str]:
    return {"pages": str(1 + int(draw.exponential(6)))}


def _template_picked(draw: Draw) -> dict[str, str]:
    return {"template": draw.pick({"blank_report": 0.4, "meeting_notes": 0.35, "offer": 0.25})}


def _summary_requested(draw: Draw) -> dict[str, str]:
    return {"words": str(50 * (2 + int(draw.exponential(18))))}


def _link_created(draw: Draw) -> dict[str, str]:
    return {"visibility": draw.pick({"account": 0.55, "anyone": 0.35, "password": 0.1})}


def _macro_started(draw: Draw) -> dict[str, str]:
    return {"steps": str(2 + int(draw.exponential(5)))}


MAKERS: Mapping[str, Callable[[Draw], dict[str, str]]] = {
    "app_opened": _opened,
    "document_edited": _edited,
    "search_submitted": _searched,
    "search_result_clicked": _result_clicked,
    "comment_added": _commented,
    "export_started": _exported,
    "template_picked": _template_picked,
    "ai_summary_requested": _summary_requested,
    "link_created": _link_created,
    "macro_started": _macro_started,
}
FAILURES = ("_failed", "_conflict", "_refused")
ANY_REASON = {"timeout": 0.6, "unavailable": 0.4}
REASONS = {
    "export_failed": {"too_large": 0.3, "font_missing": 0.7},
    "ai_summary_failed": {"too_long": 0.6, "timeout": 0.4},
    "offline_conflict": {"edited_elsewhere": 0.8, "deleted_elsewhere": 0.2},
    "link_refused": {"no_permission": 0.7, "expired": 0.3},
}
