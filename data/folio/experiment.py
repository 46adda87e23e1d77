"""The one experiment of the sample: another order of search results, by user."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from folio.draws import Draw
from folio.people import User


@dataclass(frozen=True, slots=True)
class Experiment:
    """``spared`` is the share of the searches that came to nothing in control and come to something in treatment."""

    id: str
    feature: str
    first: date
    last: date
    spared: float


EXPERIMENT = Experiment("search_ranking", "search", date(2026, 10, 5), date(2026, 11, 1), 0.35)


@dataclass(frozen=True, slots=True)
class Shown:
    """What the experiment is to one user."""

    variant: str

    @property
    def properties(self) -> Mapping[str, str]:
        """What `experiment_viewed` says."""
        return {"experiment": EXPERIMENT.id, "variant": self.variant}

    def on(self, day: date) -> bool:
        """Whether the experiment runs on a day."""
        return EXPERIMENT.first <= day <= EXPERIMENT.last

    def works(self, day: date, share: float) -> float:
        """The share of uses that succeed on a day, from what it is without the experiment."""
        treated = self.variant == "treatment" and self.on(day)
        return 1 - (1 - share) * (1 - EXPERIMENT.spared) if treated else share


def variant_of(seed: int, user: User) -> str:
    """Half of the users each."""
    return Draw(seed, EXPERIMENT.id, user.id).pick({"control": 0.5, "treatment": 0.5})
