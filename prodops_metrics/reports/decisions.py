"""The sections of what was decided about a feature: the goals that it is held to, and what was tried on it."""

from collections.abc import Iterator

from prodops_metrics.reports.dates import day
from prodops_metrics.reports.experiment_list import ExperimentLine, experiment_lines
from prodops_metrics.reports.goal_list import GoalLine, goal_lines
from prodops_metrics.reports.section import Asked, Section


def goals_section(asked: Asked) -> Section:
    """The goals of a feature's metrics, each with where it stands."""
    lines = goal_lines(asked.session, asked.feature.id)
    frames = {line.goal.id: line.series for line in lines if line.series.height}
    figures = tuple(line.figure for line in lines)
    return Section("goals", "Is it where it is meant to be?", figures, tuple(map(_goal, lines)), frames=frames)


def _goal(line: GoalLine) -> str:
    return f"{line.goal.description.rstrip('.')}: {line.state}. {' '.join(line.sentences)}"


def impact(asked: Asked) -> Section:
    """What was tried on some and not on others; without that, nothing can be put down to the feature."""
    feature, lines = asked.feature, experiment_lines(asked.session, asked.feature.id)
    since = f"Launched {day(feature.launched)}; no comparison group" if feature.launched else "No comparison group"
    told = f"{since}: what changed since cannot be put down to it."
    return Section("impact", "Did the launch help?", sentences=(told, *_tried(lines)))


def _tried(lines: tuple[ExperimentLine, ...]) -> Iterator[str]:
    for line in lines:
        named = (line.experiment.description or line.experiment.id).rstrip(".")
        yield f"Experiment, {line.state}, {line.when}: {named}. Decided by `{line.experiment.primary}`."
