"""A funnel as bars from the first step to the last, each labelled with how many and what part."""

from collections.abc import Sequence

import altair as alt

from prodops_metrics.charts.style import FONT_SIZE, Spec, Theme, finished

STEP = 80


def funnel_bars(steps: Sequence[tuple[str, float, str]], theme: Theme) -> Spec:
    """Steps as (name, units, label), in order; a bar is as long as its units."""
    rows = [{"step": name, "units": units, "label": label} for name, units, label in steps]
    order = [name for name, _, _ in steps]
    most = max((units for _, units, _ in steps), default=1) or 1
    base = alt.Chart(alt.Data(values=rows))
    y = alt.Y("step:N", sort=order, axis=None, scale=alt.Scale(paddingInner=0.6))
    x = alt.X("units:Q", axis=None, scale=alt.Scale(domain=[0, most], nice=False))
    track = base.mark_bar(color=theme.rule, height=12, cornerRadius=2).encode(x=alt.XDatum(most, axis=None), y=y)
    bars = base.mark_bar(color=theme.series, height=12, cornerRadius=2).encode(x=x, y=y)
    named = base.mark_text(align="left", baseline="bottom", dy=-8, color=theme.ink, fontSize=FONT_SIZE + 1)
    said = base.mark_text(align="right", baseline="bottom", dy=-8, color=theme.muted, fontSize=FONT_SIZE + 1)
    names = named.encode(x=alt.XDatum(0, axis=None), y=y, text="step:N")
    labels = said.encode(x=alt.XDatum(most, axis=None), y=y, text="label:N")
    return finished(alt.layer(track, bars, names, labels), theme, STEP * len(rows), padding=1)
