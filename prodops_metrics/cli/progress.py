"""The progress bar of a refresh, and its absence."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Columns

from prodops_metrics.warehouse.report import Progress, Silent

GUESSED_ROW = 40.0
"""Bytes of a row in an export, until a file has told better."""
NEARLY = 0.97
"""How much of a file can be taken for read at most before it is."""


@contextmanager
def shown(*, quietly: bool) -> Iterator[Progress]:
    """A bar on standard error for as long as the work lasts; none for machines, and none where nobody watches."""
    console = Console(stderr=True)
    if quietly or not console.is_terminal:
        yield Silent()
        return
    bar = Bar(console)
    try:
        yield bar
    finally:
        bar.stop()


class Bar:
    """What is read, rows so far and in a second, and the time that is left to read; then what is being written.

    Rows are told while a file is read, bytes only after it: within a file the bar moves by the size that rows had so far.
    """

    def __init__(self, console: Console) -> None:
        """Draws on a console."""
        self._bar = Columns(
            TextColumn("{task.description:<30.30}"),
            BarColumn(bar_width=None),
            TaskProgressColumn(),
            TextColumn("{task.fields[rows]:>10,} rows {task.fields[pace]:>7,}/s"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console,
        )
        self._task: TaskID | None = None
        self._began = time.monotonic()
        self._total = self._done = self._file = self._rows = self._rows_before = 0

    def start(self, total_bytes: int) -> None:
        """Begins to draw, with so many bytes of exports to read."""
        self._bar.start()
        self._began, self._total = time.monotonic(), max(total_bytes, 1)
        self._task = self._bar.add_task("Reading exports", total=self._total, rows=0, pace=0)

    def file(self, label: str, file_bytes: int) -> None:
        """A file is read now."""
        self._file, self._rows_before = file_bytes, self._rows
        self._draw(description=f"Reading {_tail(label)}")

    def advance(self, read_bytes: int, label: str) -> None:
        """A file was read."""
        self._done, self._file = self._done + read_bytes, 0
        self._draw(description=f"Read {_tail(label)}")

    def stage(self, label: str) -> None:
        """The refresh has begun something else than reading, of which nobody knows how long it takes."""
        if self._task is not None:
            self._bar.update(self._task, description=label, total=None if self._done >= self._total else self._total)

    def rows(self, count: int) -> None:
        """So many more rows were read."""
        self._rows += count
        self._draw()

    def stop(self) -> None:
        """Leaves the bar as it stands."""
        self._bar.stop()

    @property
    def completed(self) -> float:
        """Bytes that were read; of the file that is being read, as many as its rows are likely to make up."""
        row = self._done / self._rows_before if self._done and self._rows_before else GUESSED_ROW
        return self._done + min((self._rows - self._rows_before) * row, NEARLY * self._file)

    def _draw(self, **changes: str) -> None:
        if self._task is not None:
            pace = int(self._rows / max(time.monotonic() - self._began, 0.001))
            self._bar.update(self._task, completed=self.completed, rows=self._rows, pace=pace, **changes)  # type: ignore[arg-type]


def _tail(label: str, most: int = 22) -> str:
    """The end of a path, which tells files apart."""
    return label if len(label) <= most else f"…{label[1 - most :]}"
