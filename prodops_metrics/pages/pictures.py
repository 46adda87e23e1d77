"""The pictures of a report on a page: listed once for each version and view, and each drawn once for each mode."""

import streamlit as st

from prodops_metrics import charts
from prodops_metrics.charts import Theme
from prodops_metrics.charts.style import Spec
from prodops_metrics.reports.drawings import Drawing, drawings
from prodops_metrics.reports.feature import FeatureReport
from prodops_metrics.reports.view import View

KEPT_LISTS, KEPT_SPECS = 200, 2000


def pictures_of(report: FeatureReport, version: tuple[int, str], place: str) -> tuple[Drawing, ...]:
    """What there is to draw at one place of a report."""
    return tuple(one for one in _drawings(report, version, report.feature.id, report.view) if one.place == place)


def spec_of(drawing: Drawing, colours: Theme, version: tuple[int, str], view: View) -> Spec:
    """The specification of a picture in the colours of a mode."""
    return _spec(drawing, drawing.parcel.id, colours, version, view)


@st.cache_resource(max_entries=KEPT_LISTS, show_spinner=False)
def _drawings(_report: FeatureReport, version: tuple[int, str], feature: str, view: View) -> tuple[Drawing, ...]:
    return drawings(_report)


@st.cache_data(max_entries=KEPT_SPECS, show_spinner=False)
def _spec(_drawing: Drawing, name: str, colours: Theme, version: tuple[int, str], view: View) -> Spec:
    return charts.draw(_drawing.chart, colours, _drawing.given)
