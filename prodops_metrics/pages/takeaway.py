"""What can be taken away from a page: behind one button per chart or table, its numbers and its picture as files.

Nothing is made before it is asked for: a closed button costs no file, and each file is written when its own is pressed.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import streamlit as st

from prodops_metrics.charts.export import Caption, both_modes, png, svg
from prodops_metrics.pages.parts import opening, tell_receipts
from prodops_metrics.pages.pictures import Picture
from prodops_metrics.pages.prose import prose
from prodops_metrics.reports.feature import FeatureReport
from prodops_metrics.reports.printed import feature_html
from prodops_metrics.reports.receipts import Receipt
from prodops_metrics.reports.takeaway import Parcel, about_file, csv, file_name, parquet

File = tuple[str, str, str, Callable[[], bytes | str]]
"""One file: its label, its suffix, its media type, and what writes it."""


def offer(parcel: Parcel, picture: Picture | None = None, receipts: Sequence[tuple[str, Receipt]] = ()) -> None:
    """Offers what is shown as files: numbers always, and with a picture that too; and says where the numbers come from.

    Stands where it is called; the id of the parcel is one on its page. ``receipts`` go by the names of their numbers.
    """
    name = f"take away {parcel.id}"
    said = {0: "Take away", 1: "Receipt and files"}.get(len(receipts), "Receipts and files")
    opening(said, name, partial(_offered, name, parcel, picture, receipts))


def _offered(name: str, parcel: Parcel, picture: Picture | None, receipts: Sequence[tuple[str, Receipt]]) -> None:
    if receipts:
        tell_receipts(receipts)
    prose(f"**{parcel.title}**  \n:small[:gray[{parcel.window_text}]]")
    for label, suffix, media, write in _files(parcel, picture):
        file = file_name(parcel, suffix)
        st.download_button(
            label, write, file, media, key=f"{name} {suffix}", on_click="ignore", type="tertiary", width="stretch"
        )


def _files(parcel: Parcel, picture: Picture | None) -> Iterator[File]:
    yield "CSV: the numbers", "csv", "text/csv", partial(csv, parcel)
    yield "Parquet: the numbers and what they are", "parquet", "application/vnd.apache.parquet", partial(parquet, parcel)
    yield "JSON: what the numbers are", "about.json", "application/json", partial(about_file, parcel)
    if picture is not None:
        caption = Caption(parcel.title, (parcel.window_text, parcel.source))
        yield "PNG: the picture", "png", "image/png", partial(_drawn, png, picture, caption)
        yield "SVG: the picture, to be scaled", "svg", "image/svg+xml", partial(_drawn, svg, picture, caption)


def _drawn(form: Callable[..., bytes | str], picture: Picture, caption: Caption) -> bytes | str:
    return form(picture.spec(), picture.colours, caption)


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
