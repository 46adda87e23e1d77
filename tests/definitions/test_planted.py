"""A project with every sort of fault: each is found where it stands, none hides another, and none is made up.

In the files under ``planted``, «E201|search_submited» marks a text with the code of its fault; a � is a byte that is
no UTF-8.
"""

import re
from datetime import date
from pathlib import Path

import pytest

from prodops_metrics.definitions import Contents, Fault, advice
from prodops_metrics.metrics import inspect_project

PLANTED = Path(__file__).with_name("planted")
FOLDER = "metric_defs/"
MARK = re.compile(r"«([EWD]\d{3})\|([^»]*)»")
Finding = tuple[str, int, int, str]
"""The code of a fault, its line and column, and what its carets mark."""


def planted(name: str) -> tuple[bytes, list[Finding]]:
    """A file without its marks, and what should be found in it."""
    marked = (PLANTED / name.removeprefix(FOLDER)).read_text(encoding="utf-8")
    text, expected, behind = "", [], 0
    for mark in MARK.finditer(marked):
        text += marked[behind : mark.start()]
        line, column = text.count("\n") + 1, len(text) - text.rfind("\n")
        expected.append((mark[1], line, column, mark[2]))
        text, behind = text + mark[2], mark.end()
    return (text + marked[behind:]).encode().replace("�".encode(), b"\xfc"), expected


FILES = [FOLDER + path.relative_to(PLANTED).as_posix() for path in sorted(PLANTED.rglob("*.yml"))]
CONTENTS: Contents = {name: planted(name)[0] for name in FILES}


def found_in(contents: Contents) -> list[Fault]:
    inspection = inspect_project(PLANTED, contents)
    return [*inspection.faults, *advice(inspection, today=date(2026, 11, 22))]


def finding(fault: Fault) -> Finding:
    line, _, carets = fault.excerpt.partition("\n")
    marked = line[carets.find("^") :][: carets.count("^")]
    return fault.code, fault.place.line, fault.place.column, marked


@pytest.fixture(scope="module")
def found() -> list[Fault]:
    return found_in(CONTENTS)


@pytest.mark.parametrize("name", FILES)
def test_every_planted_fault_is_found_where_it_stands_and_no_other(name: str, found: list[Fault]) -> None:
    here = sorted((finding(fault) for fault in found if fault.place.file == name), key=lambda each: each[1:3])
    assert here == planted(name)[1], "\n\n".join(str(fault) for fault in found if fault.place.file == name)


def test_the_project_has_some_sixty_faults_of_most_kinds(found: list[Fault]) -> None:
    codes = {fault.code for fault in found}
    assert len(found) >= 90
    assert len(codes) >= 60
    assert {code[0] for code in codes} == {"E", "W"}
    assert not [str(fault) for fault in found if fault.place.file not in FILES]


def test_faults_come_in_the_order_of_the_files_and_say_what_to_do(found: list[Fault]) -> None:
    errors = [fault for fault in found if not fault.advice]
    order = ["metric_defs/project.yml", *(name for name in FILES if name != "metric_defs/project.yml")]
    assert [order.index(fault.place.file) for fault in errors] == sorted(order.index(fault.place.file) for fault in errors)
    assert all(fault.excerpt and len(fault.message) > 15 for fault in found)


def test_without_a_project_file_only_that_is_a_fault_more(found: list[Fault]) -> None:
    rest = {name: content for name, content in CONTENTS.items() if name != "metric_defs/project.yml"}
    (missing,) = [fault for fault in inspect_project(PLANTED, rest).faults if fault.place.file == "metric_defs/project.yml"]
    assert missing.code == "E008"
    others = {finding(fault) for fault in inspect_project(PLANTED, rest).faults if fault is not missing}
    assert others - {finding(fault) for fault in found} == {("E008", 1, 1, "")}
