"""What happens beside the pages: garbage is not looked for, at the end of each page run, where there is none."""

import gc
import weakref
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest

from prodops_metrics.pages.warming import Warming, set_aside

PATIENCE = 20.0


class Ring:
    """Garbage as soon as nobody has it, which only a look for garbage finds."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def unfrozen() -> Iterator[None]:
    gc.unfreeze()
    yield
    gc.unfreeze()


def test_what_stays_is_set_aside_when_the_server_starts(tmp_path: Path) -> None:
    warming, until = Warming(tmp_path), monotonic() + PATIENCE
    warming.start()
    while not gc.get_freeze_count() and monotonic() < until:
        sleep(0.01)
    frozen, others = gc.get_freeze_count(), len(gc.get_objects())
    warming.end()
    assert frozen > 0.9 * (frozen + others)
    assert gc.get_freeze_count() == 0, "a server that ends tidies up everything"


def test_what_was_set_aside_and_became_garbage_is_found_the_next_time() -> None:
    ring = Ring()
    gone = weakref.ref(ring)
    set_aside()
    del ring
    gc.collect()
    assert gone() is not None, "left out of the looks between"
    set_aside()
    assert gone() is None
