"""One line for each refresh in ``warehouse/refresh.log``, and the trace of faults that nobody foresaw; it rotates."""

import re
import secrets
import traceback
from datetime import UTC, datetime
from pathlib import Path

from prodops_metrics.warehouse.personal import REMOVED
from prodops_metrics.warehouse.snapshots import folder, sync

FILE = "refresh.log"
MOST_BYTES = 1 << 20
"""From this size on a log becomes ``refresh.log.1``, in the place of the one before, and a new one begins."""


def note(root: Path, line: str) -> None:
    """Adds a line with the moment (UTC); where there is no warehouse yet there is nothing to tell of.

    Raises:
        OSError: it cannot be written.
    """
    path = folder(root) / FILE
    if not path.parent.is_dir():
        return
    if path.is_file() and path.stat().st_size > MOST_BYTES:
        path.replace(path.with_name(f"{FILE}.1"))
    with path.open("a", encoding="utf-8") as log:
        log.write(f"{datetime.now(UTC).isoformat(timespec='seconds')} {' '.join(line.split())}\n")


def note_fault(root: Path, fault: BaseException) -> str:
    """Adds the trace of a fault that nobody foresaw, under a reference that it returns.

    Raises:
        OSError: it cannot be written.
    """
    reference = secrets.token_hex(4)
    folder(root).mkdir(parents=True, exist_ok=True)
    note(root, f"failed, reference {reference}: {type(fault).__name__}")
    with (folder(root) / FILE).open("a", encoding="utf-8") as log:
        log.writelines(f"    {line}\n" for part in traceback.format_exception(fault) for line in part.rstrip().split("\n"))
    return reference


def blank(root: Path, mentioned: re.Pattern[str]) -> int:
    """Blanks every line of the log, and of the one before it, in which a pattern is found; returns how many.

    The moment at which a line was written stays.

    Raises:
        OSError: it cannot be written.
    """
    blanked = 0
    for path in (folder(root) / FILE, folder(root) / f"{FILE}.1"):
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        kept = [f"{_moment(line)}{REMOVED}" if mentioned.search(line) else line for line in lines]
        if kept != lines:
            blanked += sum(before != after for before, after in zip(lines, kept, strict=True))
            draft = path.with_name(f"{path.name}.partial")
            draft.write_text("\n".join(kept) + "\n", encoding="utf-8")
            sync(draft)
            draft.replace(path)
    return blanked


def _moment(line: str) -> str:
    return f"{line.split(' ', 1)[0]} " if line[:1].isdigit() else "    "
