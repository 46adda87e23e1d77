"""What a feature's verdict can rest on, week by week: asked for when a rule needs it, and then for all weeks at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

from prodops_metrics.calendar import DAY
from prodops_metrics.definitions import Feature, Goal
from prodops_metrics.definitions.verdicts import Verdicts
from prodops_metrics.metrics import Metric
from prodops_metrics.reports.answers import Headline, headlines_on
from prodops_metrics.reports.goals import Standing, standings
from prodops_metrics.reports.instrumentation import Suspicion, suspicions
from prodops_metrics.reports.session import Session

OUTSIDE = frozenset({"draft", "broken"})
"""The standing of metrics that no verdict looks at."""
MOST_WEEKS = 26
"""How far back is judged."""


@dataclass(frozen=True)  # without slots: what is asked once is kept
class Evidence:
    """The figures, checks and goals of one feature over the closed weeks that can be judged, each by its last day."""

    session: Session
    feature: Feature
    verdicts: Verdicts
    _headlines: dict[str, Mapping[date, Headline]] = field(default_factory=dict, repr=False)

    @cached_property
    def days(self) -> tuple[date, ...]:
        """The last days of the judged weeks, oldest first: from the launch on, and from `window` of data on."""
        known = [self.session.warehouse.horizon(metric) for metric in self._metrics.values()]
        known = known or [self.session.warehouse.horizon()]
        calendar = known[0].calendar
        last = calendar.floor(min(one.through for one in known) + DAY, "week") - DAY
        first = max(one.all_from for one in known) + self.verdicts.window - DAY
        first = max(first, self.feature.launched or first)
        weeks = (last - timedelta(weeks=back) for back in range(MOST_WEEKS))
        return tuple(sorted(day for day in weeks if day >= first))

    @cached_property
    def _metrics(self) -> Mapping[str, Metric]:
        """The metrics of the rules that the feature has, by their standard names."""
        catalog = self.session.catalog
        ids = {name: f"{self.feature.id}.{name}" for name in self.verdicts.metrics}
        known = {name: self.session.metric(id_) for name, id_ in ids.items() if id_ in catalog.metrics}
        return {name: metric for name, metric in known.items() if metric.status not in OUTSIDE}

    def headline(self, name: str, day: date) -> Headline | None:
        """A standard metric as it stood at the end of a week; None where the feature has none that counts."""
        if name not in self._metrics:
            return None
        if name not in self._headlines:
            level = self.verdicts.level
            self._headlines[name] = headlines_on(self.session, self._metrics[name], self.days, level=level)
        return self._headlines[name][day]

    def why_none(self, name: str) -> str:
        """Why the feature has no such metric, in words."""
        id_ = f"{self.feature.id}.{name}"
        if id_ in self.session.catalog.absent:
            return self.session.catalog.absent[id_]
        return f"it is {self.session.metric(id_).status}" if id_ in self.session.catalog.metrics else "not declared"

    @cached_property
    def suspicions(self) -> Mapping[date, tuple[Suspicion, ...]]:
        """The checks of its instrumentation that fail."""
        return suspicions(self.session, self.feature, self.verdicts, self.days)

    @cached_property
    def behind(self) -> Mapping[date, tuple[tuple[Goal, Standing], ...]]:
        """Its goals that are surely behind their paths."""
        own = [goal for goal in self.session.catalog.goals.values() if goal.closed is None and self._is_about(goal)]
        found = [(goal, standings(self.session, goal, self.days, level=self.verdicts.level)) for goal in own]
        return {
            day: tuple((goal, on[day]) for goal, on in found if on[day].state == "behind" and day >= goal.starts)
            for day in self.days
        }

    def _is_about(self, goal: Goal) -> bool:
        metric = self.session.catalog.metrics.get(goal.metric)
        return metric is not None and metric.feature == self.feature.id and metric.status not in OUTSIDE

    def launched_weeks(self, day: date) -> float | None:
        """How many weeks have passed since the launch at the end of a day."""
        return (day + DAY - self.feature.launched) / timedelta(weeks=1) if self.feature.launched else None
