"""Goals: where each stands, against what was set out to reach."""

from functools import partial

import streamlit as st

from prodops_metrics import charts
from prodops_metrics.charts import Theme
from prodops_metrics.charts.style import Kind, Spec
from prodops_metrics.pages import navigation
from prodops_metrics.pages.loading import goals_of, session, theme, told
from prodops_metrics.pages.parts import facts, quiet, show_receipt
from prodops_metrics.pages.pictures import chart, picture
from prodops_metrics.pages.prose import prose
from prodops_metrics.reports.dates import day
from prodops_metrics.reports.figures import Figure
from prodops_metrics.reports.goal_list import GoalLine, goal_counts
from prodops_metrics.reports.session import Session, pinned
from prodops_metrics.reports.wording import plain_number, series_sentence

TONES = {"behind": "red", "missed": "red", "on its path": "green", "achieved": "green"}
LOW = 170


def page() -> None:
    """Draws the page."""
    st.title("Goals", anchor=False)
    with told():
        _draw(session())


def _draw(current: Session) -> None:
    lines = goals_of(current, current.version)
    if not lines:
        st.info("No goals are declared yet. Add one under `goals:` in metric_defs/: a metric, a baseline, a change, a day.")
        return
    prose(f"**{goal_counts(lines)}**")
    quiet(facts(pinned(current, 0)))
    for line in lines:
        block(line, current, theme())


def block(line: GoalLine, current: Session, colours: Theme) -> None:
    """One goal in a frame: what it is, where it stands, its path."""
    goal, stands = line.goal, line.standing
    with st.container(border=True, key=f"goal {goal.id}"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.header(goal.description.rstrip("."), anchor=False, width="content")
            st.badge(line.state.capitalize(), color=TONES.get(stands.state, "gray"))  # type: ignore[arg-type]
        prose(" ".join(line.sentences))
        quiet("Latest: " + "; ".join(dict.fromkeys(filter(None, latest(line.figure)))))
        if line.series.height and line.series["point"].is_not_null().any():
            chart(
                picture(f"goal {goal.id}", partial(goal_spec, line), colours, current.version),
                series_sentence(line.figure.name, line.series, percent=line.figure.percent),
                f"goal {goal.id}",
            )
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            quiet(" · ".join(part for part in (f"`{goal.metric}`", line.owner, f"`{goal.place}`") if part))
            if line.figure.receipt:
                show_receipt(line.figure.name, f"goal {goal.id}", line.figure.receipt)
            for feature in line.features:
                navigation.link("feature", current.catalog.features[feature].name, feature=feature)


def latest(figure: Figure) -> tuple[str, str, str]:
    """The number that stands now, which after a goal's end is another than that of its sentence: of how many, and when."""
    return figure.text, figure.counted_text, figure.window_text


def goal_spec(line: GoalLine, colours: Theme) -> Spec:
    """A goal's metric over its days, with the number to reach across."""
    percent, aim = line.figure.percent, line.standing.aim
    unit: Kind = "percent" if percent else "number"
    words = f"goal {plain_number(aim, percent=percent)} by {day(line.goal.ends)}" if aim is not None else ""
    around = charts.Around(aim=None if aim is None else (aim, words))
    return {**charts.over_time(line.series, unit, colours, around=around), "height": LOW}
