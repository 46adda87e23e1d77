"""The palette by numbers: text can be read, and colours stay apart for everyone, whatever they can tell apart."""

import tomllib
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from prodops_metrics.charts import DARK, LIGHT, Theme
from prodops_metrics.charts.export import GROUND
from prodops_metrics.charts.lifecycle import ORDER
from prodops_metrics.charts.lifecycle import _tones as lifecycle_tones
from prodops_metrics.charts.style import categories
from prodops_metrics.charts.verdict_weeks import _tones as verdict_tones
from tests.charts.colours import BLIND, contrast, distance

MODES = {"light": LIGHT, "dark": DARK}
TEXT, DRAWN, APART = 4.5, 3.0, 20.0
WORDS = ("textColor", "linkColor", "grayTextColor", "greenTextColor", "orangeTextColor", "redTextColor", "codeTextColor")


@pytest.fixture(scope="module")
def themes(repository: Path) -> dict[str, Any]:
    config = repository / "prodops_metrics" / "pages" / ".streamlit" / "config.toml"
    found: dict[str, Any] = tomllib.loads(config.read_text())["theme"]
    return found


def test_the_formulas_give_what_is_published() -> None:
    assert contrast("#FFFFFF", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)
    assert distance("#FF0000", "#00FF00") == pytest.approx(170.6, abs=0.1)  # Lab 53.2, 80.1, 67.2 and 87.7, -86.2, 83.2
    assert distance("#FF0000", "#707000", "deuteranopia") < 40 < distance("#FF0000", "#707000")


@pytest.mark.parametrize("mode", MODES)
def test_every_word_of_a_page_can_be_read_on_both_grounds(themes: dict[str, Any], mode: str) -> None:
    theme = themes[mode]
    for ground in (theme["backgroundColor"], theme["secondaryBackgroundColor"]):
        weak = {name: contrast(theme[name], ground) for name in WORDS if contrast(theme[name], ground) < TEXT}
        assert weak == {}


@pytest.mark.parametrize("mode", MODES)
def test_every_word_of_a_chart_can_be_read_where_it_stands(themes: dict[str, Any], mode: str) -> None:
    theme, ground = MODES[mode], themes[mode]["backgroundColor"]
    assert GROUND[mode] == ground
    assert min(contrast(theme.ink, ground), contrast(theme.muted, ground)) >= TEXT
    assert min(contrast(theme.ink, shade) for shade in theme.scale) >= TEXT
    assert contrast(theme.ink, theme.faint) >= TEXT
    assert contrast(theme.series, ground) >= DRAWN
    assert min(contrast(tone, ground) for tone in verdict_tones(theme).values()) >= TEXT


@pytest.mark.parametrize("blindness", [None, *BLIND])
@pytest.mark.parametrize("mode", MODES)
def test_categories_stay_apart_whatever_somebody_can_tell_apart(
    themes: dict[str, Any], mode: str, blindness: str | None
) -> None:
    colours = themes[mode]["chartCategoricalColors"]
    assert tuple(colours) == categories(MODES[mode])
    near = {pair: distance(*pair, blindness) for pair in combinations(colours, 2) if distance(*pair, blindness) < APART}
    assert near == {}
    assert min(contrast(colour, themes[mode]["backgroundColor"]) for colour in colours) >= DRAWN


@pytest.mark.parametrize("blindness", [None, *BLIND])
@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_states_that_lie_on_each_other_stay_apart(theme: Theme, blindness: str | None) -> None:
    tones = [lifecycle_tones(theme)[state] for state in ORDER]
    assert min(distance(*pair, blindness) for pair in combinations(tones, 2)) >= APART
