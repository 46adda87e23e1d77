"""Running totals: every point counts from the beginning of what is shown.

A point stands at the end of its bucket; the headline counts from the first day of the data to the end of the last complete
bucket. Of distinct units it is those seen so far.
"""

from datetime import date
from typing import Self

from pydantic import model_validator

from prodops_metrics.calendar import Grain, Window, between
from prodops_metrics.definitions import refusal
from prodops_metrics.definitions.checks.shape import contradiction
from prodops_metrics.metrics.base import Metric
from prodops_metrics.metrics.windows import Horizon


class Running(Metric):
    """A metric that may be ``cumulative``."""

    cumulative: bool = False
    """Whether every point counts from the beginning of what is shown."""

    @model_validator(mode="after")
    def _either_running_or_rolling(self) -> Self:
        if self.cumulative and self.window is not None:
            message = "a running total forgets nothing, so it has no rolling `window`"
            raise refusal([contradiction(message, "Keep one of them.", "cumulative")])
        return self

    @property
    def spans(self) -> tuple[object, ...]:
        """A running total is counted from one beginning on."""
        return ("running",) if self.cumulative else super().spans

    @property
    def stands_at_end(self) -> bool:
        """A running total is that of its last day."""
        return self.cumulative or super().stands_at_end

    @property
    def never_compared(self) -> str:
        """It can only grow."""
        return "a running total only grows" if self.cumulative else super().never_compared

    def headline_windows(self, horizon: Horizon, launched: date | None) -> tuple[Window, Window]:
        """From the first day of the data on, if it runs."""
        before, now = super().headline_windows(horizon, launched)
        return (_from(horizon, before), _from(horizon, now)) if self.cumulative else (before, now)

    def point_windows(
        self, horizon: Horizon, span: Window, grain: Grain | None = None, launched: date | None = None
    ) -> tuple[Window, ...]:
        """From the span's beginning on, if it runs."""
        windows = super().point_windows(horizon, span, grain, launched)
        return tuple(between(span.opens, window.closes) for window in windows) if self.cumulative else windows

    def chart_start(self, horizon: Horizon, start: date) -> date:
        """A chart runs from the first day of the data on, so that it ends at the headline."""
        return horizon.first_day if self.cumulative else start

    def window_words(self, window: Window) -> str:
        """All that was so far."""
        return "so far, {}" if self.cumulative else super().window_words(window)


def _from(horizon: Horizon, window: Window) -> Window:
    return between(min(Window(horizon.first_day, horizon.first_day).opens, window.opens), window.closes)
