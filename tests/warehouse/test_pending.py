"""What only some files have takes room from the first of them on, and nothing is lost of those before or after it."""

from pathlib import Path

import pytest

from prodops_metrics.warehouse import intake
from tests.warehouse.projects import EVENTS, SOURCE, make_project

ALIASED = EVENTS.replace("description: Opened.,", "description: Opened., aliases: [open],")
RECEIVED = SOURCE.replace("id: id}", "id: id, received: seen}")
FILES = {
    "a.csv": "id,action,uid,at,size,seen\n1,opened,ann,2026-01-05,1,\n2,opened,bob,2026-01-05,2,\n",
    "b.csv": "id,action,uid,at,size,seen,more\n3,open,ann,2026-01-06,big,2026-01-09,kept\n"
    "2,opened,bob,2026-01-05,7,2026-01-08,\n",
    "c.csv": "id,action,uid,at,size,seen\n4,opened,cy,2026-01-07,4,\n",
}


def test_columns_that_a_later_file_needs_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "MOST_FILES", 1)
    project = make_project(tmp_path, events=ALIASED, sources=RECEIVED)
    for name, content in FILES.items():
        project.export(name, content)
    report = project.refresh()
    assert [(f.rows_read, f.loaded, f.duplicates, f.values_set_aside) for f in report.files] == [
        (2, 1, 1, 0),
        (2, 2, 0, 1),
        (1, 1, 0, 0),
    ]
    rows = project.query(
        "SELECT size, event::VARCHAR, written, extra->>'more', extra->>'size' FROM events ORDER BY ts, size"
    )
    assert rows == [
        (1, "opened", None, None, None),
        (7, "opened", None, None, None),
        (None, "opened", "open", "kept", "big"),
        (4, "opened", None, None, None),
    ]
