"""What real exports have: files that overlap, events that come late, rows that nobody can read, values of another type.

Rows of this module belong to no event: they stand in the files beside those of the simulation.
"""

from dataclasses import dataclass
from datetime import date

ALL = 1_000_000
OVERLAPS = {date(2026, 6, 9): 14, date(2026, 7, 21): 9, date(2026, 9, 8): ALL, date(2026, 10, 27): 17}
"""How many rows a day's file repeats from the end of the file before; on one day the export ran for both days."""

OLD_NAME = ("comment_added", "comment_created", date(2026, 7, 27))
"""The name of an event now, its name before, and the day on which it was renamed."""

NO_NUMBER = 997
"""Of so many documents that were edited, one says "n/a" in place of the seconds."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that no reader can use, and the reason that the refresh has to give; ``header`` is no fault but a repeat."""

    day: date
    reason: str
    line: str


BAD_ROWS = (
    BadRow(date(2026, 6, 2), "columns", "x900001,document_edited,u0200"),
    BadRow(date(2026, 7, 13), "columns", "x900002,app_opened,u0412,a031,,2026-07-13 08:15:09,web"),
    BadRow(date(2026, 7, 14), "header", ""),
    BadRow(date(2026, 8, 11), "time", "x900003,app_opened,u0317,a040,,2026-08-33 09:12:44,web"),
    BadRow(date(2026, 8, 31), "time", "x900004,app_opened,u0318,a041,,,web"),
    BadRow(date(2026, 9, 22), "event", "x900005,,u1101,a033,,2026-09-22 08:01:10"),
    BadRow(date(2026, 10, 5), "future", "x900006,app_opened,u0102,a034,,2206-10-05 07:44:01,desktop"),
    BadRow(date(2026, 10, 12), "id", ",search_opened,u0101,a033,,2026-10-12 08:01:10"),
    BadRow(date(2026, 11, 3), "columns", "x900007,search_submitted,u0101,a033,,2026-11-03 08:01:10,,,navbar,1,024"),
)
WHOLE = ("time", "event", "future", "id")
"""Reasons of rows that have as many fields as the header: they are filled up with empty ones."""


def bad_rows(day: date, header: tuple[str, ...]) -> list[str]:
    """The lines of a day's file that belong to no event."""
    return [_line(row, header) for row in BAD_ROWS if row.day == day]


def _line(row: BadRow, header: tuple[str, ...]) -> str:
    if row.reason == "header":
        return ",".join(header)
    missing = len(header) - 1 - row.line.count(",") if row.reason in WHOLE else 0
    return row.line + "," * missing
