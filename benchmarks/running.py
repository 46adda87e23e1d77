"""A command run to its end: how long it took, and the most memory that it and its children held at once."""

import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

EVERY = 0.1
MEGABYTE = 1024


@dataclass(frozen=True, slots=True)
class Run:
    """What a command took: ``seconds`` by the clock, ``megabytes`` resident at the peak of the process tree."""

    seconds: float
    megabytes: int
    lines: tuple[str, ...]


def run(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> Run:
    """Runs a command and watches its process tree.

    Raises:
        RuntimeError: it failed; the error says what it said last.
    """
    began, peak = time.perf_counter(), [0]
    process = subprocess.Popen(
        list(command), env=dict(environment), cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    watching = threading.Thread(target=_watch, args=(process, peak), daemon=True)
    watching.start()
    said, complained = process.communicate()
    watching.join()
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}: {(complained or said)[-800:]}")
    return Run(time.perf_counter() - began, peak[0] // MEGABYTE, tuple(said.splitlines()))


def _watch(process: "subprocess.Popen[str]", peak: list[int]) -> None:
    while process.poll() is None:
        peak[0] = max(peak[0], sum(resident(number) for number in _tree(process.pid)))
        time.sleep(EVERY)


def _tree(number: int) -> Iterator[int]:
    yield number
    for children in Path(f"/proc/{number}/task").glob("*/children"):
        for child in _read(children).split():
            yield from _tree(int(child))


def resident(number: int) -> int:
    """Kilobytes that a process holds now; 0 where it is gone."""
    for line in _read(Path(f"/proc/{number}/status")).splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
