"""Lines beside each other: names that never lie on each other, and a colour and dash that a line keeps everywhere."""

from datetime import date

import polars as pl

from prodops_metrics.charts import LIGHT, Named, compared
from prodops_metrics.charts.compared import APART, INKS


def points(last: float) -> pl.DataFrame:
    rows = [
        {"bucket": date(2026, 3, day), "age": age, "numerator": 1.0, "denominator": 9.0, "point": point,
         "low": point - 0.02, "high": point + 0.02}
        for age, (day, point) in enumerate([(2, 0.3), (9, last)])
    ]  # fmt: skip
    return pl.DataFrame(rows)


def test_names_stand_apart_where_lines_end_together() -> None:
    spec = compared([Named("One", 0, points(0.2)), Named("Two", 3, points(0.2))], "percent", LIGHT, by_age=False)
    named = next(layer for layer in spec["layer"] if layer["encoding"].get("text", {}).get("field") == "label")
    rows = spec["datasets"][named["data"]["name"]] if "name" in named["data"] else named["data"]["values"]
    assert [row["label"] for row in rows] == ["One 20.0 %", "Two 20.0 %"]
    assert round(rows[1]["at"] - rows[0]["at"], 6) == round(APART * 0.22, 6)


def test_a_line_keeps_its_colour_whoever_is_beside_it() -> None:
    spec = compared([Named("Two", 3, points(0.2))], "percent", LIGHT, by_age=True)
    line = next(layer for layer in spec["layer"] if layer["mark"]["type"] == "line")
    assert line["encoding"]["color"]["scale"] == {"domain": ["Two"], "range": [INKS[3]]}
    assert line["encoding"]["x"]["axis"]["title"] == "weeks since launch"
