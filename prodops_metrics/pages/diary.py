"""What the server writes down: a JSON line for each page, answer and error; never who asked, nor what of whom."""

import json
import logging
from datetime import UTC, datetime
from typing import TextIO

PACKAGE = "prodops_metrics"
TOLD = ("page", "route", "ms", "snapshot", "reference", "status")
NO_VISITOR = "streamlit.runtime.scriptrunner_utils.script_run_context"
"""Streamlit warns of every call without a visitor, which is what counting ahead is."""


class JsonLine(logging.Formatter):
    """A record as one line of JSON: time in UTC, level, message, and what is told of a page."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        values = {"time": at, "level": record.levelname.lower(), "message": record.getMessage()}
        values |= {name: getattr(record, name) for name in TOLD if getattr(record, name, None) is not None}
        if record.exc_info:
            values["trace"] = self.formatException(record.exc_info)
        return json.dumps(values, ensure_ascii=False)


def keep_diary(stream: TextIO) -> None:
    """Lets the package write its lines to a stream."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLine())
    log = logging.getLogger(PACKAGE)
    log.handlers, log.propagate = [handler], False
    log.setLevel(logging.INFO)
    logging.getLogger(NO_VISITOR).addFilter(lambda record: record.levelno > logging.WARNING)
