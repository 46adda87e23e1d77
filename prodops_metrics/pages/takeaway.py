"""What can be taken away from a page: behind one button per chart or table, its numbers and its picture as files.

Nothing is made before it is asked for: a closed button costs no file, and each file is written when its own is pressed.
"""

from collections.abc import Callable, Iterator
from functools import partial

import streamlit as st

from prodops_metrics.charts.export import Caption, both_modes, png, svg
from prodops_metrics.charts.style import Spec, Theme
from prodops_metrics.pages.loading import theme
from prodops_metrics.pages.parts import opening
from prodops_metrics.reports.feature import FeatureReport
from prodops_metrics.reports.printed import feature_html
from prodops_metrics.reports.takeaway import Parcel, about_file, csv, file_name, parquet

File = tuple[str, str, str, Callable[[], bytes | str]]
"""One file: its label, its suffix, its media type, and what writes it."""


def offer(parcel: Parcel, spec: Spec | None = None) -> None:
    """Offers what is shown as files: numbers always, and with a specification the picture that it draws.

    Stands where it is called; the id of the parcel is one on its page.
    """
    name = f"take away {parcel.id}"
    opening("Take away", f"{parcel.title}, as files", name, partial(_offered, name, parcel, spec, theme()))


def _offered(name: str, parcel: Parcel, spec: Spec | None, colours: Theme) -> None:
    st.markdown(f"**{parcel.title}**  \n:small[:gray[{parcel.window_text}]]")
    for label, suffix, media, write in _files(parcel, spec, colours):
        file = file_name(parcel, suffix)
        st.download_button(
            label, write, file, media, key=f"{name} {suffix}", on_click="ignore", type="tertiary", width="stretch"
        )


def _files(parcel: Parcel, spec: Spec | None, colours: Theme) -> Iterator[File]:
    yield "CSV: the numbers", "csv", "text/csv", partial(csv, parcel)
    yield "Parquet: the numbers and what they are", "parquet", "application/vnd.apache.parquet", partial(parquet, parcel)
    yield "JSON: what the numbers are", "about.json", "application/json", partial(about_file, parcel)
    if spec is not None:
        caption = Caption(parcel.title, (parcel.window_text, parcel.source))
        yield "PNG: the picture", "png", "image/png", partial(png, spec, colours, caption)
        yield "SVG: the picture, to be scaled", "svg", "image/svg+xml", partial(svg, spec, colours, caption)


def offer_report(report: FeatureReport) -> None:
    """Offers the whole report as one HTML file, written when it is pressed."""
    name = f"{report.feature.id}_{report.pinned.data_through.isoformat()}.html"
    st.download_button(
        "Report as one file",
        partial(feature_html, report, both_modes),
        name,
        "text/html",
        key=f"report {report.feature.id}",
        help="One HTML file with every chart and receipt, for reading without a network and for printing",
        on_click="ignore",
        type="tertiary",
    )
