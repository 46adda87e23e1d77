"""Words on pages: what may not be torn apart at the end of a line, and what stands beside what."""

from pathlib import Path

import pytest

from prodops_metrics.pages import sections
from prodops_metrics.reports.wording import unbroken

PAGES = Path(sections.__file__).parent


@pytest.mark.parametrize("text", ["78.4 %", "+1.2 to +5.0 pp", "591 ms", "22 s", "1.77 min"])
def test_no_number_is_parted_from_its_unit(text: str) -> None:
    number, _, unit = text.rpartition(" ")
    assert unbroken(text) == f"{number}\N{NO-BREAK SPACE}{unit}"


@pytest.mark.parametrize("text", ["2 segments were compared", "in 28 days", "week % 2", "5 speakers"])
def test_other_spaces_stay(text: str) -> None:
    assert unbroken(text) == text


def test_every_page_draws_its_words_by_prose() -> None:
    files = [file for file in PAGES.glob("*.py") if file.name != "prose.py"]
    assert [file.name for file in files if "st.markdown(" in file.read_text("utf-8")] == []


def test_words_stand_beside_words_and_pictures_beside_pictures() -> None:
    names = ("reach", "activation", "triangle", "who", "happy", "health", "goals", "impact")
    wide, drawn = {"triangle", "health"}, {"reach", "activation", "triangle", "who", "health", "goals"}
    placed = dict(sections._placed(names, wide, drawn))
    assert [name for name in names if placed[name] == 1] == ["reach", "activation"]
    assert dict(sections._placed(("happy", "impact"), set(), set())) == {"happy": 1, "impact": 1}
