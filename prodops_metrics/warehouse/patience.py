"""For how long a question is worth asking: until its time is over, or until nobody waits for the answer any more."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from time import monotonic

import duckdb

LOOKS = 0.2
"""Seconds between looks at whether somebody still waits."""
_wanted: ContextVar[Callable[[], bool] | None] = ContextVar("wanted", default=None)


@dataclass(slots=True)
class Patience:
    """Why a question was given up, if it was: in words where time was over, ``unwanted`` where nobody waits any more."""

    given_up: str = ""
    unwanted: bool = False


@contextmanager
def while_wanted(wanted: Callable[[], bool]) -> Iterator[None]:
    """Questions that this thread asks inside are given up as soon as ``wanted`` says no; it is called by other threads."""
    before = _wanted.set(wanted)
    try:
        yield
    finally:
        _wanted.reset(before)


@contextmanager
def patience(cursor: duckdb.DuckDBPyConnection, seconds: float | None) -> Iterator[Patience]:
    """Interrupts what the cursor does after so many seconds, or when nobody wants it; never once the context is left."""
    wanted, kept = _wanted.get(), Patience()
    if seconds is None and wanted is None:
        yield kept
        return
    done = threading.Event()
    watching = threading.Thread(target=_watch, args=(cursor, kept, done, seconds, wanted), daemon=True)
    watching.start()
    try:
        yield kept
    finally:
        done.set()
        watching.join()


def _watch(
    cursor: duckdb.DuckDBPyConnection,
    kept: Patience,
    done: threading.Event,
    seconds: float | None,
    wanted: Callable[[], bool] | None,
) -> None:
    over = None if seconds is None else monotonic() + seconds
    while not done.wait(_until_the_next_look(over, looking=wanted is not None)):
        if over is not None and monotonic() >= over:
            kept.given_up = (
                f"The question was given up after {seconds:g} seconds. "
                "Ask about fewer days, or raise `timeout` under `engine` in project.yml."
            )
        elif wanted is not None and not wanted():
            kept.unwanted = True
        else:
            continue
        cursor.interrupt()
        return


def _until_the_next_look(over: float | None, *, looking: bool) -> float:
    left = [LOOKS] if looking else []
    return min([*left, *([] if over is None else [max(0.0, over - monotonic())])])
