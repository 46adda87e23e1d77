"""``prodops export``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from prodops_metrics.cli import terminal
from prodops_metrics.cli.app import DEFAULT_WEEKS, Weeks, app, told
from prodops_metrics.cli.writing import write

if TYPE_CHECKING:
    from prodops_metrics.reports.feature import FeatureReport


@app.command()
def export(
    context: typer.Context,
    feature: Annotated[str, typer.Argument(help="A feature's id, such as search.")],
    html: Annotated[Path | None, typer.Option(help="Write the report as one HTML file that needs no network.")] = None,
    data: Annotated[
        Path | None,
        typer.Option(help="Write every chart's numbers (CSV, Parquet) and pictures (PNG, SVG) into this folder."),
    ] = None,
    weeks: Weeks = DEFAULT_WEEKS,
) -> None:
    """Write the report of a feature to be taken along: one HTML file, or the numbers and pictures of its charts.

    The HTML file holds everything that the page shows, receipts with SQL folded; to have it as PDF, print it in a browser.
    Files are named by metric and dates; one of the same name is replaced. Exit codes: 0 written; 1 nothing could be written.
    """
    from prodops_metrics.charts.export import both_modes
    from prodops_metrics.reports.feature import feature_report
    from prodops_metrics.reports.printed import feature_html
    from prodops_metrics.reports.session import open_session
    from prodops_metrics.reports.view import View

    if html is None and data is None:
        raise typer.BadParameter("say what to write: --html FILE, --data FOLDER, or both.")
    with told():
        report = feature_report(open_session(context.obj), feature, View(weeks))
        if html is not None:
            write(html, feature_html(report, both_modes).encode())
            terminal.text(f"Wrote {html}: the report of {report.feature.name}, to be opened in a browser.")
        if data is not None:
            terminal.text(f"Wrote {_files(report, data):,} files into {data}.")


def _files(report: "FeatureReport", folder: Path) -> int:
    """Every drawing's files; how many they are."""
    from prodops_metrics.charts import LIGHT, draw
    from prodops_metrics.charts.export import Caption, png, svg
    from prodops_metrics.reports.drawings import drawings
    from prodops_metrics.reports.takeaway import about_file, csv, file_name, parquet

    count = 0
    for one in drawings(report):
        parcel, spec = one.parcel, draw(one.chart, LIGHT, one.given)
        caption = Caption(parcel.title, (parcel.window_text, parcel.source))
        files = {
            "csv": csv(parcel),
            "parquet": parquet(parcel),
            "about.json": about_file(parcel),
            "png": png(spec, LIGHT, caption),
            "svg": svg(spec, LIGHT, caption).encode(),
        }
        for suffix, content in files.items():
            write(folder / file_name(parcel, suffix), content)
        count += len(files)
    return count
