"""The properties that each event carries, as text, as they stand in the export."""

from collections.abc import Callable, Mapping

from folio.draws import Draw

Properties = Mapping[str, str]


def properties_of(event: str, draw: Draw) -> Properties:
    """What this event says beside who and when; most say nothing."""
    maker = MAKERS.get(event)
    return maker(draw) if maker else {}


def _opened(draw: Draw) -> Properties:
    return {"platform": draw.pick({"web": 0.68, "desktop": 0.24, "mobile": 0.08})}


def _edited(draw: Draw) -> Properties:
    return {"seconds": str(10 * (2 + int(draw.exponential(45))))}


def _searched(draw: Draw) -> Properties:
    results = 0 if draw.chance(0.09) else 1 + int(draw.exponential(8))
    return {"source": draw.pick({"navbar": 0.55, "shortcut": 0.3, "page": 0.15}), "results": str(results)}


def _result_clicked(draw: Draw) -> Properties:
    return {"rank": str(1 + int(draw.exponential(1.6)))}


def _search_failed(draw: Draw) -> Properties:
    return {"reason": draw.pick({"timeout": 0.8, "unavailable": 0.2})}


def _commented(draw: Draw) -> Properties:
    return {"mention": "true" if draw.chance(0.3) else "false"}


def _exported(draw: Draw) -> Properties:
    return {"pages": str(1 + int(draw.exponential(6)))}


def _export_failed(draw: Draw) -> Properties:
    return {"reason": draw.pick({"too_large": 0.7, "font_missing": 0.3})}


def _template_picked(draw: Draw) -> Properties:
    return {"template": draw.pick({"blank_report": 0.4, "meeting_notes": 0.35, "offer": 0.25})}


def _summary_requested(draw: Draw) -> Properties:
    return {"words": str(50 * (2 + int(draw.exponential(18))))}


def _summary_failed(draw: Draw) -> Properties:
    return {"reason": draw.pick({"too_long": 0.6, "timeout": 0.4})}


MAKERS: Mapping[str, Callable[[Draw], Properties]] = {
    "app_opened": _opened,
    "document_edited": _edited,
    "search_submitted": _searched,
    "search_result_clicked": _result_clicked,
    "search_failed": _search_failed,
    "comment_added": _commented,
    "export_started": _exported,
    "export_failed": _export_failed,
    "template_picked": _template_picked,
    "ai_summary_requested": _summary_requested,
    "ai_summary_failed": _summary_failed,
}
