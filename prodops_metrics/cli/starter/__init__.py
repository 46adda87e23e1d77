"""A project to start from: commented definitions, and an example export that refreshes at once."""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from prodops_metrics.cli.starter.export import event_rows, user_rows
from prodops_metrics.definitions.emitting import scalar
from prodops_metrics.errors import WritingError

HERE = Path(__file__).parent
NAME, ZONE = "My product", "timezone: UTC"
DEFINITIONS = ("project", "sources", "product", "sharing")


def starter_files(name: str, timezone: str, last_day: date) -> Mapping[str, str]:
    """Every file of a new project by its path: definitions, an example export up to ``last_day``, a README."""
    texts = {f"metric_defs/{each}.yml": (HERE / f"{each}.yml").read_text(encoding="utf-8") for each in DEFINITIONS}
    project = texts["metric_defs/project.yml"]
    zone = f"timezone: {scalar(timezone)}"
    texts["metric_defs/project.yml"] = project.replace(f"name: {NAME}", f"name: {scalar(name)}", 1).replace(
        ZONE.ljust(len(zone)), zone.ljust(len(ZONE)), 1
    )
    return {
        **texts,
        "exports/events/example.csv": _csv(event_rows(last_day)),
        "exports/users.csv": _csv(user_rows()),
        "README.md": (HERE / "README.md").read_text(encoding="utf-8").replace(NAME, name, 1),
        ".gitignore": (HERE / "gitignore.txt").read_text(encoding="utf-8"),
    }


def start(folder: Path, files: Mapping[str, str]) -> None:
    """Writes the files of a project into a folder, which is made where there is none.

    Raises:
        WritingError: one of them, or another definition, is there already; nothing was written.
    """
    held = [name for name in files if (folder / name).exists()]
    held += [str(path.relative_to(folder)) for path in sorted(folder.glob("metric_defs/**/*.y*ml"))]
    if held:
        raise WritingError(f"{folder / held[0]} is there already, so no project was started in {folder}.")
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


def _csv(rows: Iterable[tuple[str, ...]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
