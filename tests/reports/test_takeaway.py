"""Files that are taken away hold the numbers of the report, with their types, and say what they are."""

import csv as csv_reader
import io
import json
from datetime import date

import polars as pl
import pytest

from prodops_metrics.calendar import Window
from prodops_metrics.reports.feature import FeatureReport, feature_report
from prodops_metrics.reports.session import Session
from prodops_metrics.reports.takeaway import Parcel, about_file, csv, file_name, parquet


@pytest.fixture(scope="module")
def report(sample: Session) -> FeatureReport:
    return feature_report(sample, "search")


@pytest.fixture(scope="module")
def adoption(report: FeatureReport) -> Parcel:
    receipt = report.cards[0].receipt
    assert receipt is not None
    window = Window(date(2026, 8, 31), date(2026, 11, 17))
    frames = {"search.adoption": report.series["adoption"]}
    return Parcel("search.adoption", "Adoption of Smart Search", report.pinned, frames, window, {"Adoption": receipt})


def test_a_csv_file_holds_the_columns_of_the_result_frame_and_numbers_to_the_last_digit(adoption: Parcel) -> None:
    rows = list(csv_reader.DictReader(io.StringIO(csv(adoption).decode())))
    frame = adoption.frame
    assert list(rows[0]) == frame.columns
    assert [float(row["point"]) if row["point"] else None for row in rows] == frame["point"].to_list()
    assert [row["bucket"] for row in rows] == [day.isoformat() for day in frame["bucket"]]


def test_a_parquet_file_holds_the_same_frame_and_says_where_it_comes_from(adoption: Parcel) -> None:
    file = parquet(adoption)
    assert pl.read_parquet(io.BytesIO(file)).equals(adoption.frame)
    told = pl.read_parquet_metadata(io.BytesIO(file))
    assert told["prodops.snapshot"] == str(adoption.pinned.snapshot)
    assert told["prodops.definitions"] == adoption.pinned.definitions
    assert json.loads(told["prodops.receipts"])["Adoption"]["sql"] == adoption.receipts["Adoption"].sql


def test_what_lies_beside_a_csv_file_names_metric_window_snapshot_and_every_column(adoption: Parcel) -> None:
    told = json.loads(about_file(adoption))
    assert (told["metrics"], told["from"], told["to"]) == (["search.adoption"], "2026-08-31", "2026-11-16")
    assert (told["data_through"], told["timezone"]) == ("2026-11-16", "Europe/Berlin")
    assert set(told["columns"]) == set(adoption.frame.columns)
    assert told["receipts"]["Adoption"]["meaning"] == adoption.receipts["Adoption"].meaning


def test_files_are_named_by_id_and_dates_in_letters_that_every_system_takes(adoption: Parcel) -> None:
    assert file_name(adoption, "csv") == "search.adoption_2026-08-31_2026-11-16.csv"
    today = Parcel("who: a/b.adoption", "", adoption.pinned, adoption.frames)
    assert file_name(today, "png") == "who-a-b.adoption_2026-11-16.png"


def test_several_frames_become_one_table_that_says_whose_rows_they_are(report: FeatureReport) -> None:
    frames = {f"search.{name}": report.series[name] for name in ("adoption", "retention")}
    table = Parcel("search.both", "", report.pinned, frames).frame
    assert table.columns[0] == "metric"
    for name, frame in frames.items():
        own = table.filter(pl.col("metric") == name)
        assert own.height == frame.height
        assert own["point"].to_list() == frame["point"].to_list()


def test_lists_stand_in_a_csv_file_as_json_and_an_empty_parcel_is_an_empty_file(report: FeatureReport) -> None:
    listed = Parcel("events", "", report.pinned, {"events": pl.DataFrame({"name": ["a"], "values": [["x", "y"]]})})
    assert csv(listed).decode() == 'name,values\na,"[""x"", ""y""]"\n'
    assert csv(Parcel("nothing", "", report.pinned, {})).strip() == b""
