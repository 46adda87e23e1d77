"""A command run to its end: what it said, how long it took, and the most memory that it and its children held at once."""

import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

EVERY = 0.1
MEGABYTE = 1024
MOST_MEMORY = 0.85
"""The part of the machine's memory above which a command is stopped, before the system ends something else."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a command took: ``seconds`` by the clock, ``megabytes`` resident at the peak of the process tree.

    ``fault`` says why it did not come to its end, if it did not.
    """

    seconds: float
    megabytes: int
    fault: str = ""


@dataclass(slots=True)
class Limit:
    """When the command is stopped. Whoever hears what it says may grant it more time."""

    seconds: float = float("inf")
    since: float = field(default_factory=time.monotonic)

    def grant(self, seconds: float) -> None:
        """So many seconds from now on."""
        self.seconds, self.since = seconds, time.monotonic()

    def passed(self) -> bool:
        """Whether its time is over."""
        return time.monotonic() - self.since > self.seconds


def run(
    command: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    heard: Callable[[str], None] = lambda line: None,
    limit: Limit | None = None,
) -> Run:
    """Runs a command in a process group of its own and watches it; ``heard`` gets each line as it is said.

    A command that fails, takes too long or too much memory comes back with a ``fault``: nothing is raised.
    """
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+", errors="replace") as complaints:
        process = subprocess.Popen(
            list(command),
            env=dict(environment),
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
            start_new_session=True,
        )
        watch = _Watch(process, limit or Limit())
        assert process.stdout is not None
        last = ""
        try:
            with process.stdout:
                for line in process.stdout:
                    last = line
                    heard(line)
            process.wait()
        finally:
            watch.end()
        complaints.seek(0)
        said = (complaints.read() or last).strip()[-800:]
    fault = watch.fault or (f"ended with {process.returncode}: {said}" if process.returncode else "")
    return Run(time.perf_counter() - began, watch.peak // MEGABYTE, fault)


class _Watch:
    def __init__(self, process: "subprocess.Popen[str]", limit: Limit) -> None:
        self.process, self.limit, self.peak, self.fault = process, limit, 0, ""
        self.thread = threading.Thread(target=self._look, daemon=True)
        self.thread.start()

    def _look(self) -> None:
        most = MOST_MEMORY * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / MEGABYTE
        while self.process.poll() is None:
            now = sum(resident(number) for number in _tree(self.process.pid))
            self.peak = max(self.peak, now)
            if now > most:
                self._stop(f"stopped at {now // MEGABYTE:,} MB of memory")
            elif self.limit.passed():
                self._stop(f"stopped after {self.limit.seconds:g} s")
            time.sleep(EVERY)

    def _stop(self, why: str) -> None:
        self.fault = self.fault or why
        _kill(self.process)

    def end(self) -> None:
        """Ends whatever still runs: nothing, unless we were interrupted."""
        if self.process.poll() is None:
            _kill(self.process)
            self.process.wait()
        self.thread.join()


def _kill(process: "subprocess.Popen[str]") -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


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
