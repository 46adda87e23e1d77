"""The findings of a check as text for people, as workflow commands for a code host, and as JSON."""

import os
from pathlib import Path
from typing import Literal

from prodops_metrics.definitions import CHECKS, Catalog, Fault
from prodops_metrics.reports.check import Checked

Format = Literal["text", "github", "json"]
ALWAYS = ("sources", "events", "features", "metrics", "segments")
WHERE_ANY = ("goals", "experiments", "tests", "work", "insights")
CONTROL = {code: "�" for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n"}
"""Signs that could steer a terminal; a definition may hold them, above all a faulty one."""


def as_text(checked: Checked) -> str:
    """Every finding with its source line and cure, then what that makes in all."""
    found = [str(fault).translate(CONTROL) for fault in checked.faults]
    return "\n\n".join([*found, " ".join(_closing(checked))])


def as_workflow_commands(checked: Checked, project: Path) -> str:
    """One ``::error`` or ``::warning`` a line, with files as the repository knows them, then the closing line."""
    found = [workflow_command(fault, within(project, fault.place.file)) for fault in checked.faults]
    return "\n".join([*found, " ".join(_closing(checked))])


def workflow_command(fault: Fault, file: str) -> str:
    """A finding as a workflow command."""
    known, place = CHECKS.get(fault.code), fault.place
    title = f"{fault.code} {known.title.rstrip('.')}" if known else fault.code
    message = "\n".join(part for part in (fault.message, fault.cure) if part)
    return annotation("warning" if fault.advice else "error", (file, place.line, place.column), title, message)


def annotation(level: Literal["error", "warning"], place: tuple[str, int, int], title: str, message: str) -> str:
    """``::error file=…,line=…,col=…,title=…::message``, encoded so that nothing in it ends it or begins another."""
    values = zip(("file", "line", "col", "title"), (*place, title), strict=True)
    properties = ",".join(f"{name}={_property(str(value))}" for name, value in values)
    return f"::{level} {properties}::{_data(message)}"


def within(project: Path, file: str) -> str:
    """A file as the repository knows it, which the project may be a folder of."""
    top = Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd()).resolve()
    return (project.relative_to(top) / file).as_posix() if project.is_relative_to(top) else file


def counted(number: int, one: str, many: str) -> str:
    """``1 fault``, ``2 faults``, ``no faults``."""
    return f"{number:,} {one if number == 1 else many}" if number else f"no {many}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _closing(checked: Checked) -> list[str]:
    """What was found in all, and what was not looked at."""
    errors = counted(len(checked.errors), "fault", "faults").capitalize()
    advice = f", {counted(len(checked.advice), 'piece', 'pieces')} of advice" if checked.advice else ""
    state = f": {_contents(checked.catalog)}. Definitions {checked.catalog.hash}." if checked.catalog else "."
    unlooked = ["The data was not looked at: that comes after the faults."] if checked.data is False else []
    return [f"{errors}{advice}{state}", *_against(checked), *unlooked]


def _against(checked: Checked) -> list[str]:
    if (against := checked.against) is None:
        return []
    known = counted(against.remaining, "finding", "findings")
    verb = "was" if against.remaining == 1 else "were"
    return [f"That is what the branch adds; {known} {verb} there already ({against.ref}, {against.commit[:12]})."]


def _contents(catalog: Catalog) -> str:
    sizes = {kind: len(getattr(catalog, kind, ())) for kind in (*ALWAYS, *WHERE_ANY)}
    return ", ".join(
        f"{size:,} {kind.removesuffix('s') if size == 1 else kind}" for kind, size in sizes.items() if size or kind in ALWAYS
    )
