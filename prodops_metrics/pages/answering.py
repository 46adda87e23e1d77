"""Reports as JSON over HTTP: the same values as `prodops report --json`."""

import json
import logging
from datetime import date
from time import perf_counter

from starlette.requests import Request
from starlette.responses import Response

from prodops_metrics.calendar import DAY, Window
from prodops_metrics.errors import ProdopsError, UnknownIdError
from prodops_metrics.pages.loading import feature_of, newest, project
from prodops_metrics.reports.plain import report_values
from prodops_metrics.reports.session import state_of
from prodops_metrics.reports.view import DEFAULT_WEEKS, View

log = logging.getLogger(__name__)
MOST_WEEKS = 520


def report_route(request: Request) -> Response:
    """The report of a feature; ``weeks``, or ``from`` and ``to``, ``segment`` and ``entity`` as pages have them.

    Status 404 where there is nothing of an id, 400 where a value cannot be read, 503 where there is no warehouse or its
    definitions have faults.
    """
    began, snapshot = perf_counter(), None
    try:
        view = _view(request)
        session = newest(project(), state_of(project()))
        snapshot = session.warehouse.snapshot
        feature = session.catalog.feature(request.path_params["feature"]).id
        answer = _json(report_values(feature_of(session, session.version, feature, view)), 200)
    except ValueError as error:
        answer = _json({"error": str(error)}, 400)
    except UnknownIdError as error:
        answer = _json({"error": str(error)}, 404)
    except ProdopsError as error:
        answer = _json({"error": str(error)}, 503)
    told = {"ms": round(1000 * (perf_counter() - began)), "snapshot": snapshot, "status": answer.status_code}
    log.info("report", extra={"route": "/api/reports", **told})
    return answer


def _view(request: Request) -> View:
    asked = request.query_params
    weeks = _weeks(asked.get("weeks", str(DEFAULT_WEEKS)))
    days = None
    if "from" in asked or "to" in asked:
        first, last = (_day(name, asked.get(name)) for name in ("from", "to"))
        if last < first:
            raise ValueError(f"The range is empty: from {first} to {last}, both included.")
        days = Window(first, last + DAY)
    return View(weeks, days, asked.get("segment"), asked.get("entity"))


def _weeks(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= MOST_WEEKS:
        raise ValueError(f"`weeks={text}` is no number of weeks from 1 to {MOST_WEEKS}.")
    return int(text)


def _day(name: str, text: str | None) -> date:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        raise ValueError(f"`{name}` is to be a day such as 2026-05-04, together with `from` and `to`.") from None


def _json(values: object, status: int) -> Response:
    return Response(json.dumps(values, ensure_ascii=False, allow_nan=False), status, media_type="application/json")
