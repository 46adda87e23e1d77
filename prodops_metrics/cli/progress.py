"""The progress bar of a refresh, and its absence."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Columns

from prodops_metrics.warehouse.report import Progress, Silent


@contextmanager
def shown(*, quietly: bool) -> Iterator[Progress]:
    """A bar on standard error for as long as the work lasts; none for machines."""
    if quietly:
        yield Silent()
        return
    bar = Bar()
    try:
        yield bar
    finally:
        bar.stop()


class Bar:
    """Bytes read of all exports, rows so far and time left; on a terminal it draws, in a log it keeps still."""

    def __init__(self) -> None:
        """Draws on standard error, so that what is printed can be piped."""
        self._bar = Columns(
            TextColumn("{task.description:<28.28}"),
            BarColumn(bar_width=None),
            TaskProgressColumn(),
            TextColumn("{task.fields[rows]:>11,} rows"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        self._task: TaskID | None = None
        self._rows = 0

    def start(self, total_bytes: int) -> None:
        """Begins to draw, with so many bytes of exports to read."""
        self._bar.start()
        self._task = self._bar.add_task("Reading exports", total=max(total_bytes, 1), rows=0)

    def advance(self, read_bytes: int, label: str) -> None:
        """A file was read."""
        if self._task is not None:
            self._bar.update(self._task, advance=read_bytes, description=label, rows=self._rows)

    def stage(self, label: str) -> None:
        """The refresh has begun something else."""
        if self._task is not None:
            self._bar.update(self._task, description=label)

    def rows(self, count: int) -> None:
        """So many more rows were read."""
        self._rows += count
        if self._task is not None:
            self._bar.update(self._task, rows=self._rows)

    def stop(self) -> None:
        """Leaves the bar as it stands."""
        self._bar.stop()
