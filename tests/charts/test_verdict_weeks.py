"""The strip of weeks: verdicts that differ in colour also differ in shape or fill."""

from datetime import date
from typing import get_args

import pytest
import vl_convert

from prodops_metrics.charts import DARK, LIGHT, Theme, verdict_weeks
from prodops_metrics.charts.verdict_weeks import LOOKS
from prodops_metrics.definitions.verdicts import State


def test_every_verdict_can_be_told_without_its_colour() -> None:
    assert set(LOOKS) == set(get_args(State))
    assert len({(shape, filled) for shape, _, filled in LOOKS.values()}) == len(LOOKS)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_a_week_has_its_sign_and_its_words(theme: Theme) -> None:
    spec = verdict_weeks(
        [(date(2026, 3, 1), "watch", "Week to 1 Mar: watch."), (date(2026, 3, 8), "suspect", "Lost.")], theme
    )
    first, second = (
        spec["data"]["values"] if "data" in spec and "values" in spec["data"] else next(iter(spec["datasets"].values()))
    )
    assert (first["day"], first["shape"], first["words"]) == ("2026-03-01", "triangle-up", "Week to 1 Mar: watch.")
    assert second["fill"] == "transparent"
    assert second["colour"] == first["colour"]
    assert "<svg" in vl_convert.vegalite_to_svg(spec)
