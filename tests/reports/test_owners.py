"""CODEOWNERS: each team its own files, product operations the rest, lines of others untouched."""

import shutil
from pathlib import Path

import pytest

from prodops_metrics.metrics import load_catalog
from prodops_metrics.reports.owners import owners


@pytest.fixture
def project(repository: Path, tmp_path: Path) -> Path:
    """The sample's definitions in a folder of a repository."""
    (tmp_path / ".git").mkdir()
    shutil.copytree(repository / "metric_defs", tmp_path / "data team" / "metric_defs")
    return tmp_path / "data team"


def lines(project: Path) -> list[tuple[str, ...]]:
    section = owners(load_catalog(project)).section.splitlines()
    return [tuple(line.rsplit("  ", 1)) for line in section if not line.startswith("#")]


def test_a_team_reviews_its_folder_and_the_files_that_are_only_its_own(project: Path) -> None:
    found = {path.strip(): reviewer for path, reviewer in lines(project)}
    assert found["/data\\ team/metric_defs/search.yml"] == "discovery@folio.example"
    assert found["/data\\ team/metric_defs/team-discovery/"] == "discovery@folio.example"
    assert "/data\\ team/metric_defs/product.yml" not in found, "three teams have metrics in it"


def test_what_is_general_stands_first_and_settings_last_since_the_last_line_holds(project: Path) -> None:
    found = [path.strip() for path, _ in lines(project)]
    assert found[0] == "/data\\ team/metric_defs/"
    assert found[-2:] == ["/data\\ team/metric_defs/project.yml", "/data\\ team/metric_defs/standard.yml"]
    assert {reviewer for path, reviewer in lines(project) if path.strip() in {found[0], *found[-2:]}} == {
        "productops@folio.example"
    }


def test_lines_of_others_stay_and_the_own_section_is_replaced(project: Path) -> None:
    file = project.parent / "CODEOWNERS"
    file.write_text("*.py @org/code\n")
    first = owners(load_catalog(project))
    assert not first.current
    file.write_text(first.text + "*.md @org/docs\n")
    yml = project / "metric_defs" / "project.yml"
    yml.write_text(yml.read_text().replace("discovery@folio.example", "'@folio/discovery'"))
    again = owners(load_catalog(project))
    assert again.text.startswith("*.py @org/code\n")
    assert again.text.endswith("*.md @org/docs\n")
    assert "@folio/discovery" in again.text
    assert "discovery@folio.example" not in again.text
    file.write_text(again.text)
    assert owners(load_catalog(project)).current


def test_a_team_without_a_contact_that_a_host_knows_is_named(project: Path) -> None:
    yml = project / "metric_defs" / "project.yml"
    yml.write_text(yml.read_text().replace("discovery@folio.example", "ask Mara"))
    found = owners(load_catalog(project))
    assert found.unnamed == ("team-discovery",)
    assert "Mara" not in found.section
