"""`prodops export` and `prodops digest` write what is to be taken along, and say why where they cannot."""

import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from prodops_metrics.cli.app import app
from tests.projects import opened, write_project

DEFINITIONS = """
events: {opened: {description: Opened}, saved: {description: Saved}}
features:
  saving: {name: Saving & co, used: saved}
"""
LINES = [f"{event},u{user},2026-06-{day:02d}T10:00:00" for day in range(1, 29) for user in range(40)
         for event in ("opened", "saved") if (user + day) % 3 or event == "opened"]  # fmt: skip


def prodops(project: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["--project", str(project), *words], env={"COLUMNS": "200"})


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_project(tmp_path_factory.mktemp("export"), DEFINITIONS, "\n".join(["event,user,time", *LINES]) + "\n")
    opened(folder).warehouse.close()
    return folder


def test_a_report_is_written_as_one_file_and_its_numbers_and_pictures_into_a_folder(project: Path, tmp_path: Path) -> None:
    page, folder = tmp_path / "new" / "saving.html", tmp_path / "files"
    done = prodops(project, "export", "saving", "--html", str(page), "--data", str(folder))
    assert done.exit_code == 0, done.stderr
    assert "Saving &amp; co" in page.read_text()
    files = {path.name: path for path in folder.iterdir()}
    assert f"Wrote {len(files)} files" in done.stdout
    kinds = [path.partition(".")[2].partition("_")[0] for path in files]
    assert kinds.count("adoption") == 5
    (numbers,) = [path for name, path in files.items() if name.startswith("saving.adoption_") and name.endswith(".csv")]
    points = pl.read_csv(numbers).filter(pl.col("complete"))["point"]
    assert points.last() == 1.0
    assert pl.read_parquet(numbers.with_suffix(".parquet"))["point"].drop_nulls().last() == 1.0
    assert numbers.with_suffix(".png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["savin", "--html", "x.html"], 1, "Did you mean `saving`?"),
        (["saving"], 2, "say what to write"),
        (["saving", "--html", "/dev/null/x.html"], 1, "/dev/null/x.html cannot be written: "),
    ],
)
def test_what_cannot_be_written_is_said(project: Path, words: list[str], code: int, says: str) -> None:
    done = prodops(project, "export", *words)
    assert done.exit_code == code
    assert says in " ".join(done.stderr.split())
    assert not Path("x.html").exists()


def test_a_digest_is_printed_written_or_refused(project: Path, tmp_path: Path) -> None:
    printed = prodops(project, "digest", "--since", "2026-06-21")
    assert (printed.exit_code, printed.stdout.splitlines()[0]) == (0, "# Case: what changed since 21 Jun 2026")
    page = tmp_path / "digest.html"
    written = prodops(project, "digest", "--since", "7d", "--html", str(page), "--json")
    assert json.loads(written.stdout)["since"] == {"day": "2026-06-21", "snapshot": None, "definitions": None}
    assert "<h1>Case: what changed since 21 Jun 2026</h1>" in page.read_text()
    refused = prodops(project, "digest", "--since", "soon")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "`soon` is no length, day or snapshot" in refused.stderr
