"""Counting ahead: what most people ask first is computed when the server starts, and when new data or definitions come."""

import gc
import logging
import threading
from pathlib import Path
from time import monotonic, perf_counter

from prodops_metrics.errors import ProdopsError
from prodops_metrics.pages.loading import feature_of, newest, overview_of
from prodops_metrics.reports.session import state_of
from prodops_metrics.reports.view import View

log = logging.getLogger(__name__)
EVERY = 5.0
"""Seconds between looks at whether there is something new."""
SWEPT_EVERY = 600.0
"""Seconds after which garbage is looked for in everything."""


class Warming:
    """A thread beside the server; it ends with it."""

    def __init__(self, root: Path) -> None:
        """Counts ahead for one project."""
        self._root = root
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="counting ahead", daemon=True)

    def start(self) -> None:
        """Begins; returns at once."""
        self._thread.start()

    def end(self) -> None:
        """Stops before the next report; what is being counted is given up with the process, which tidies up itself."""
        self._over.set()
        gc.unfreeze()

    def _run(self) -> None:
        known: tuple[int | None, str] | None = None
        swept = float("-inf")
        while not self._over.is_set():
            before = known
            try:
                found = state_of(self._root)
                if found != known and found[0] is not None:
                    known = found
                    self._count(found)
            except (ProdopsError, OSError) as error:
                log.warning("could not count ahead: %s", error)
            if known != before or monotonic() - swept > SWEPT_EVERY:
                set_aside()
                swept = monotonic()
            self._over.wait(EVERY)

    def _count(self, state: tuple[int | None, str]) -> None:
        """The overview, then every report in the order in which the overview lists them."""
        began = perf_counter()
        session = newest(self._root, state)
        for line in overview_of(session, session.version, View()).lines:
            if self._over.is_set() or state_of(self._root) != state:
                return
            feature_of(session, session.version, line.feature.id, View())
        log.info("counted ahead", extra={"ms": round(1000 * (perf_counter() - began)), "snapshot": state[0]})


def set_aside() -> None:
    """Looks for garbage in everything, and then keeps what is left out of later looks.

    Streamlit looks for garbage at the end of every page run, while its last words wait: over the libraries and the kept
    reports, which are none, that takes longer than the page itself. What a visitor who leaves had when it was set aside is
    found the next time.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
