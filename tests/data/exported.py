"""The sample's exports, read in plain Python: the other way to count what the generator and the engine say."""

import csv
import gzip
import json
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

Row = dict[str, str]
REFUSED = ("2206",)  # years that nobody can have sent events in


@dataclass(frozen=True)
class Exported:
    """What lies in a folder ``exports/``."""

    folder: Path

    @cached_property
    def event_files(self) -> list[Path]:
        return sorted((self.folder / "events").glob("*.csv.gz"))

    @cached_property
    def header(self) -> list[str]:
        return text_of(self.event_files[0]).partition("\n")[0].split(",")

    @cached_property
    def lines(self) -> list[tuple[Path, list[str]]]:
        """All lines of the events files after their headers, split at commas, with their file."""
        return [(path, line) for path in self.event_files for line in list(csv.reader(text_of(path).splitlines()))[1:]]

    @cached_property
    def rows(self) -> list[Row]:
        """The first occurrence of every event that a careful reader would take."""
        well_formed = [dict(zip(self.header, line, strict=True)) for _, line in self.lines if not self.fault(line)]
        return list({row["event_id"]: row for row in reversed(well_formed)}.values())

    def fault(self, line: list[str]) -> str | None:
        """Why a line holds no event, in the words of the quarantine; ``header`` for a header once more."""
        if line == self.header:
            return "header"
        if len(line) != len(self.header):
            return "columns"
        if not is_time(line[5]):
            return "time"
        if line[5].startswith(REFUSED):
            return "future"
        return "event" if not line[1] else "id" if not line[0] else None

    def table(self, name: str) -> list[Row]:
        return list(csv.DictReader((self.folder / name).read_text(encoding="utf-8").splitlines()))


def text_of(path: Path) -> str:
    content = path.read_bytes()
    return (gzip.decompress(content) if path.suffix == ".gz" else content).decode()


def is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(f"{text}+00:00")
    except ValueError:
        return False
    return True


def truth_of(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
