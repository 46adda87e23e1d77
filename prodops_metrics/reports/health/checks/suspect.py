"""What makes a feature unreadable: the checks of its instrumentation that hold up verdicts, in the last judged week."""

from collections.abc import Iterator, Sequence

from prodops_metrics.definitions import Feature
from prodops_metrics.reports.evidence import Evidence
from prodops_metrics.reports.health.look import Checked, Look, checked, share
from prodops_metrics.reports.health.model import Finding
from prodops_metrics.reports.instrumentation import Suspicion

TITLE = "Feature whose instrumentation is suspect"
THINGS = "features"
UNUSED = frozenset({"idea", "sunset"})


def check(look: Look) -> Checked:
    """Features of which the rules of verdicts cannot trust the events."""
    features = [one for one in look.session.catalog.features.values() if one.stage not in UNUSED]
    return checked(features, (one for feature in features for one in _findings(look, feature)))


def _findings(look: Look, feature: Feature) -> Iterator[Finding]:
    if look.horizon is None:
        return
    evidence = Evidence(look.session, feature, look.session.catalog.verdicts.of(feature))
    suspicions = evidence.suspicions[evidence.days[-1]] if evidence.days else ()
    if suspicions:
        yield Finding(
            kind="suspect",
            subject=feature.id,
            title=TITLE,
            severity="failing",
            what=f"{feature.name}: instrumentation suspect. {' '.join(_sentences(suspicions))}",
            figure=f"{len(suspicions)} of its checks fail",
            hint="Mend what is named here; until then the feature gets no verdict and its numbers say nothing.",
            touched=look.touching.feature(feature.id),
            since=min(one.since for one in suspicions),
        )


def _sentences(suspicions: Sequence[Suspicion]) -> Iterator[str]:
    for one in suspicions:
        figure = f": {share(one.wrong, one.total)}" if one.total else ""
        yield f"{one.check}: {one.event}{figure}."
