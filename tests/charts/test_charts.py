"""Specifications: what is complete as a line, what is not dashed, days that stay the days they are."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
import vl_convert

from prodops_metrics.charts import (
    DARK,
    LIGHT,
    Around,
    Dot,
    Theme,
    active_days_bars,
    adopted_curve,
    came_back_curve,
    contrast_dots,
    funnel_bars,
    lifecycle_bars,
    over_time,
    retention_triangle,
    sparkline,
)
from prodops_metrics.charts.triangle import FEW


def point(day: date, value: float | None, *, complete: bool = True) -> dict[str, Any]:
    reason = None if value is not None else "too_few"
    bounds = (None, None) if value is None else (value - 0.05, value + 0.05)
    return {"bucket": day, "numerator": 3.0, "denominator": 9.0, "units": 9, "point": value, "low": bounds[0],
            "high": bounds[1], "complete": complete, "reason": reason}  # fmt: skip


@pytest.fixture
def weeks() -> pl.DataFrame:
    days = [date(2026, 3, day) for day in (2, 9, 16, 23, 30)]
    values = [0.2, 0.3, None, 0.4, 0.1]
    return pl.DataFrame(
        [point(day, value, complete=day < date(2026, 3, 30)) for day, value in zip(days, values, strict=True)]
    )


def marks(spec: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Each layer's own rows, by its kind of mark (dashed lines apart)."""
    found = {}
    for layer in spec["layer"]:
        kind = layer["mark"]["type"] + (" dashed" if "strokeDash" in layer["mark"] else "")
        found[kind] = layer
    return found


def rows(spec: dict[str, Any], layer: dict[str, Any]) -> list[dict[str, Any]]:
    data = layer.get("data", spec.get("data", {}))
    return list(data["values"] if "values" in data else spec["datasets"][data["name"]])


def test_complete_points_are_a_line_and_incomplete_ones_hang_on_it_dashed(weeks: pl.DataFrame) -> None:
    spec = over_time(weeks, "percent", LIGHT)
    found = marks(spec)
    assert [row["bucket"] for row in rows(spec, found["line"])] == ["2026-03-02", "2026-03-09", "2026-03-23"]
    assert [row["bucket"] for row in rows(spec, found["line dashed"])] == ["2026-03-23", "2026-03-30"]
    assert found["text"]["mark"]["text"] == "incomplete"
    assert found["area"]["encoding"]["y2"]["field"] == "high"


def test_days_are_drawn_in_utc_with_ticks_on_points(weeks: pl.DataFrame) -> None:
    x = marks(over_time(weeks, "percent", LIGHT))["line"]["encoding"]["x"]
    assert x["scale"]["type"] == "utc"
    assert set(x["axis"]["values"]) <= {"2026-03-02", "2026-03-09", "2026-03-23"}


def test_the_launch_is_marked_only_inside_the_range(weeks: pl.DataFrame) -> None:
    assert "rule" in marks(over_time(weeks, "percent", LIGHT, date(2026, 3, 10)))
    assert "rule" not in marks(over_time(weeks, "percent", LIGHT, date(2025, 3, 10)))


def test_the_newest_point_is_named_past_the_line_where_there_is_room_for_the_word(weeks: pl.DataFrame) -> None:
    text = marks(over_time(weeks, "percent", LIGHT))["text"]["mark"]
    assert (text["text"], text["align"], text["baseline"]) == ("incomplete", "left", "middle")


def test_what_stands_around_a_line_is_drawn_where_it_belongs(weeks: pl.DataFrame) -> None:
    """Former points under those of now, the goal across, releases as ticks; days outside of the range nowhere."""
    places = weeks.filter("complete")["bucket"]
    days = [day - timedelta(weeks=places.len()) for day in places]
    former = pl.DataFrame({"bucket": places, "day": days, "point": [0.1] * places.len()})
    marked = [
        (places[0], "release", "Release 1 shipped"),
        (places[1], "rollback", "Release 1 taken back"),
        (places[0] - timedelta(days=1), "release", "Release 0 shipped"),
        (places[0], "launch", "Launched"),
    ]
    spec = over_time(weeks, "percent", LIGHT, around=Around(former, marked, (0.5, "goal 50.0 % by 1 May 2026")))
    ticks = next(layer for layer in spec["layer"] if layer["mark"]["type"] == "point")
    assert [(row["words"], row["shape"]) for row in rows(spec, ticks)] == [
        ("Release 1 shipped", "stroke"),
        ("Release 1 taken back", "cross"),
    ]
    assert ticks["mark"]["yOffset"] ** 2 > ticks["mark"]["size"] / 2, "a release may stand on the labels below the axis"
    goal = next(layer for layer in spec["layer"] if layer["mark"]["type"] == "rule")
    assert [row["point"] for row in rows(spec, goal)] == [0.5]
    dotted = next(layer for layer in spec["layer"] if layer["mark"].get("strokeDash") == [2, 3])
    assert [(row["bucket"], row["point"]) for row in rows(spec, dotted)] == [(str(day), 0.1) for day in places]


def test_the_headline_stands_at_the_last_complete_point(weeks: pl.DataFrame) -> None:
    spec = over_time(weeks, "percent", LIGHT, headline="40.0 %")
    text = marks(spec)["text"]
    assert text["mark"]["text"] == "40.0 %"
    assert [row["bucket"] for row in rows(spec, text)] == ["2026-03-23"]
    assert text["mark"]["align"] == "right"


def test_the_headline_stands_beside_a_line_that_falls(weeks: pl.DataFrame) -> None:
    falling = weeks.with_columns(-pl.col("point") + 1)
    spec = over_time(falling, "percent", LIGHT, headline="60.0 %")
    assert marks(spec)["text"]["mark"]["align"] == "left"
    assert spec["padding"]["right"] > spec["padding"]["left"]


def test_the_pointer_finds_every_figure_of_a_point_in_the_words_of_the_cards(weeks: pl.DataFrame) -> None:
    spec = over_time(weeks, "percent", LIGHT)
    first = rows(spec, marks(spec)["circle"])[0]
    assert {name: first[name] for name in ("day", "value", "interval", "counted", "state")} == {
        "day": "2 Mar 2026",
        "value": "20.0 %",
        "interval": "15.0 % to 25.0 %",
        "counted": "3 of 9",
        "state": "complete",
    }


def test_height_is_the_plots_own_so_that_few_rows_are_as_tall_as_many() -> None:
    spec = retention_triangle(triangle(), LIGHT, "week")
    assert spec["autosize"] == {"type": "fit-x", "contains": "padding"}
    assert spec["height"] == 60, "two cohorts"


def test_a_series_without_any_number_still_draws() -> None:
    empty = pl.DataFrame([point(date(2026, 3, 2), None)], schema_overrides={"point": pl.Float64, "low": pl.Float64})
    assert rendered(over_time(empty, "percent", LIGHT))


def test_a_sparkline_of_zeros_lies_at_the_foot(weeks: pl.DataFrame) -> None:
    spec = sparkline(weeks.with_columns(point=pl.lit(0.0)), LIGHT)
    assert {str(layer["encoding"]["y"]["scale"]) for layer in spec["layer"]} == {"{'domain': [0, 1]}"}


def triangle() -> pl.DataFrame:
    cells = [
        (date(2026, 3, 2), 0, 40, 40, True, None),
        (date(2026, 3, 2), 1, 10, 40, True, None),
        (date(2026, 3, 2), 2, 4, 40, False, None),
        (date(2026, 3, 9), 0, 7, 7, True, "too_few"),
        (date(2026, 3, 9), 1, 3, 7, False, "too_few"),
        (date(2026, 3, 9), 2, 0, 7, False, "window_open"),
    ]
    names = ("cohort", "age", "numerator", "denominator", "complete", "reason")
    frame = pl.DataFrame(cells, schema=names, orient="row")
    share = pl.when(pl.col("reason").is_null()).then(pl.col("numerator") / pl.col("denominator"))
    return frame.with_columns(share.alias("point"), (share - 0.01).alias("low"), (share + 0.01).alias("high"))


def test_a_triangle_shows_sizes_closed_cells_open_ones_and_too_few() -> None:
    spec = retention_triangle(triangle(), LIGHT, "week")
    cells = {(cell["cohort"], cell["age"]): cell for cell in rows(spec, spec)}
    assert set(cells) == {("2 Mar · 40", 1), ("2 Mar · 40", 2), ("9 Mar · 7", 1)}
    assert (cells["2 Mar · 40", 1]["text"], cells["2 Mar · 40", 1]["state"]) == ("25 %", "closed")
    assert (cells["2 Mar · 40", 2]["text"], cells["2 Mar · 40", 2]["state"]) == ("10 %", "open")
    assert cells["9 Mar · 7", 1]["text"] == "3 of 7"
    assert [cells[at]["short"] for at in sorted(cells)] == ["25", "10", FEW], "on a phone no count passes for a percentage"


def test_funnel_bars_keep_the_order_of_the_steps() -> None:
    spec = funnel_bars([("Shown it", 90, "90 of 90"), ("Used it", 30, "30 of 90")], LIGHT)
    assert [layer["encoding"]["y"]["sort"] for layer in spec["layer"]] == [["Shown it", "Used it"]] * 4
    assert spec["layer"][1]["encoding"]["x"]["scale"] == {"domain": [0, 90], "nice": False}, "all of them fill the width"
    assert rendered(spec)


def along(axis: str, values: dict[int, float | None]) -> pl.DataFrame:
    """Measures over an axis that is no calendar."""
    points = [{axis: at, **point(date(2026, 3, 2), value)} for at, value in values.items()]
    return pl.DataFrame(points, schema_overrides={"point": pl.Float64, "low": pl.Float64}).drop("bucket")


def states() -> pl.DataFrame:
    names, weeks = ("new", "returning", "resurrected", "dormant"), (date(2026, 3, 2), date(2026, 3, 9))
    rows = [{"state": name, **point(week, 8.0, complete=week == weeks[0])} for week in weeks for name in names]
    return pl.DataFrame(rows)


def test_dormant_users_hang_below_the_line_and_only_where_the_week_is_over() -> None:
    spec = lifecycle_bars(states(), LIGHT)
    drawn = {(row["bucket"], row["state"]): row["height"] for row in rows(spec, spec["layer"][0])}
    assert drawn["2026-03-02", "dormant"] == -8
    assert ("2026-03-09", "dormant") not in drawn, "who will not come back is not known yet"
    assert drawn["2026-03-09", "returning"] == 8
    assert rendered(spec)


def test_the_curve_of_adoption_marks_what_is_quoted_with_its_interval() -> None:
    curve = pl.DataFrame({"day": [0.0, 5.0, 40.0], "point": [0.1, 0.2, 0.4], "watched": [90, 80, 40]})
    spec = adopted_curve(curve, [(7.0, 0.2, 0.15, 0.26)], LIGHT)
    found = marks(spec)
    assert rows(spec, found["rule"]) == [{"day": 7.0, "point": 0.2, "low": 0.15, "high": 0.26, "text": "20.0 %"}]
    assert found["line"]["mark"]["interpolate"] == "step-after"
    assert found["line"]["encoding"]["x"]["axis"]["values"] == [0, 7, 14, 21, 28, 35]
    assert rendered(spec)


def test_days_of_use_are_drawn_as_far_as_anybody_comes() -> None:
    spec = active_days_bars(along("active_days", {1: 1.0, 2: 0.5, 3: 0.2, 4: 0.0}), 3, LIGHT)
    drawn = rows(spec, spec["layer"][0])
    assert [(row["days"], row["marked"]) for row in drawn] == [(2, False), (3, True)], "one day or more is everybody"
    assert rendered(spec)


def test_returns_so_far_are_dashed_and_returns_exactly_then_have_a_band() -> None:
    spec = came_back_curve(along("age", {1: 0.4, 2: 0.3}), along("age", {1: 0.6, 2: 0.5}), "week", LIGHT)
    found = marks(spec)
    assert [row["value"] for row in rows(spec, found["line"])] == ["40.0 %", "30.0 %"]
    assert [row["value"] for row in rows(spec, found["line dashed"])] == ["60.0 %", "50.0 %"]
    assert found["area"]["encoding"]["y2"]["field"] == "high"
    assert rendered(spec)


def test_segments_stand_in_pairs_and_only_a_clear_difference_has_colour() -> None:
    dots = [
        Dot("paying", name, "5 of 10", point, None, None, clear)
        for name, point, clear in (("paying", 0.5, True), ("the rest", 0.2, True))
    ]
    spec = contrast_dots([*dots, Dot("editors", "editors", "1 of 9", 0.1, 0.0, 0.4, clear=False)], "percent", DARK)
    assert [row["row"] for row in rows(spec, spec["layer"][0])] == ["paying paying", "paying the rest", "editors editors"]
    assert spec["layer"][0]["encoding"]["color"]["condition"]["value"] == DARK.series
    assert rendered(spec)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_every_chart_renders(weeks: pl.DataFrame, theme: Theme) -> None:
    for spec in (over_time(weeks, "number", theme), sparkline(weeks, theme), retention_triangle(triangle(), theme, "week")):
        assert rendered(spec)


def rendered(spec: dict[str, Any]) -> bool:
    """Whether Vega itself accepts the specification and draws something."""
    return "<path" in str(vl_convert.vegalite_to_svg({**spec, "width": 400}))


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_text_on_the_heat_map_can_be_read_on_every_colour(theme: Theme) -> None:
    """Contrast of 4.5 and more: WCAG 2.2, success criterion 1.4.3."""
    for colour in theme.scale:
        lighter, darker = sorted((luminance(theme.ink), luminance(colour)), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
