"""Verdicts by week: one sign a week, told apart by shape and fill as well as by colour."""

from collections.abc import Mapping, Sequence
from datetime import date

import altair as alt

from prodops_metrics.charts.style import DARK, WEEK_TICKS, Spec, Theme, finished

HEIGHT, SIZE = 26, 120
LOOKS: Mapping[str, tuple[str, str, bool]] = {
    "healthy": ("circle", "good", True),
    "watch": ("triangle-up", "careful", True),
    "at_risk": ("square", "bad", True),
    "suspect": ("diamond", "careful", False),
    "not_enough": ("circle", "quiet", False),
    "too_early": ("triangle-right", "quiet", False),
    "not_judged": ("square", "quiet", False),
}
"""The shape of a verdict, its tone, and whether it is filled: hollow ones say nothing about the feature itself."""


def verdict_weeks(weeks: Sequence[tuple[date, str, str]], theme: Theme) -> Spec:
    """Weeks as (last day, verdict, words); a sign stands at its week's last day, and says its words when pointed at."""
    tones = _tones(theme)
    rows = [
        {
            "day": day.isoformat(),
            "verdict": verdict,
            "shape": LOOKS[verdict][0],
            "colour": tones[LOOKS[verdict][1]],
            "fill": tones[LOOKS[verdict][1]] if LOOKS[verdict][2] else "transparent",
            "words": words,
        }
        for day, verdict, words in weeks
    ]
    days = [row["day"] for row in rows]
    ticks = days[:: -max(1, -(-len(days) // WEEK_TICKS))]
    axis = alt.Axis(values=ticks, format="%-d %b", title=None, grid=False, labelOverlap="greedy", labelFlush=True)
    signs = (
        alt.Chart(alt.Data(values=rows))
        .mark_point(size=SIZE, strokeWidth=1.5, opacity=1)
        .encode(
            x=alt.X("day:T", scale=alt.Scale(type="utc"), axis=axis),
            shape=alt.Shape("shape:N", scale=None),
            stroke=alt.Stroke("colour:N", scale=None),
            fill=alt.Fill("fill:N", scale=None),
            tooltip=alt.Tooltip("words:N", title=None),
        )
    )
    return finished(signs, theme, HEIGHT, padding=10)


def _tones(theme: Theme) -> Mapping[str, str]:
    """The colours of words that are good, to be careful with, bad or quiet, as the pages have them."""
    if theme == DARK:
        return {"good": "#63CF97", "careful": "#F5A55C", "bad": "#FA8F88", "quiet": theme.muted}
    return {"good": "#11693F", "careful": "#96480A", "bad": "#AF2A24", "quiet": theme.muted}
