"""What a bad input gets, whatever its format: it is reported with its place and its cure, and no good row is lost."""

import gzip
import json
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import duckdb
import pytest
import zstandard

from prodops_metrics.warehouse import storage
from prodops_metrics.warehouse.storage import Disk
from tests.warehouse.projects import TestProject, make_project

EVENTS = """
events:
  opened:
    description: Opened.
    properties: {plan: {type: string}, size: {type: integer}, page.url: {type: string}, tags: {type: list}}
"""
Bad = list[tuple[int, str, str]]


def line(number: int, **more: object) -> str:
    values = {"id": str(number), "action": "opened", "uid": f"u{number}", "at": "2026-01-05 10:00:00"}
    return json.dumps({**values, **more}, ensure_ascii=False)


def lines(*given: str) -> str:
    return "\n".join(given) + "\n"


@pytest.fixture
def project(tmp_path: Path) -> TestProject:
    return make_project(tmp_path, events=EVENTS)


def loaded(project: TestProject) -> list[str]:
    return project.column("SELECT extra->>'id' FROM events ORDER BY 1")


def quarantined(project: TestProject) -> Bad:
    return project.query("SELECT line, raw, reason FROM quarantine ORDER BY path, line")


TWICE, NUL = '{"id": "2", "id": "3"}', '{"id": "2", "plan": "a\0b"}'
CASES: dict[str, tuple[str | bytes, list[str], Bad]] = {
    "cut in half": (lines(line(1), line(2)[:30], line(3)), ["1", "3"], [(2, line(2)[:30], "json")]),
    "cut in half, last": (line(1) + "\n" + line(2)[:30], ["1"], [(2, line(2)[:30], "json")]),
    "no object": (
        lines(line(1), "[1, 2]", '"text"', "7", line(5)),
        ["1", "5"],
        [
            (2, "[1, 2]", "json"),
            (3, '"text"', "json"),
            (4, "7", "json"),
        ],
    ),
    "a key twice": (
        lines(line(1), '{"id": "2", "id": "3"}', line(4)),
        ["1", "4"],
        [(2, '{"id": "2", "id": "3"}', "json_keys")],
    ),
    "files put together without a line end": (lines(line(1), line(2) + line(3), line(4)), ["1", "2", "3", "4"], []),
    "an object and a half": (
        lines(line(1), line(2) + line(3)[:20], line(4)),
        ["1", "4"],
        [
            (2, line(2) + line(3)[:20], "json"),
        ],
    ),
    "blank lines": ("\n\n" + lines(line(1), "", "   ", "2", line(3)), ["1", "3"], [(6, "2", "json")]),
    "no final newline": (line(1) + "\n" + line(2), ["1", "2"], []),
    "CR LF": (lines(line(1), "x", line(2)).replace("\n", "\r\n"), ["1", "2"], [(2, "x", "json")]),
    "CR only": (lines(line(1), "x", line(2)).replace("\n", "\r"), ["1", "2"], [(2, "x", "json")]),
    "mixed line ends": (
        line(1) + "\r\n" + line(2) + "\n" + line(3) + "\r" + "x\n" + line(4),
        ["1", "2", "3", "4"],
        [
            (4, "x", "json"),
        ],
    ),
    "BOM": (b"\xef\xbb\xbf" + lines(line(1), line(2)).encode(), ["1", "2"], []),
    "BOM and broken": (b"\xef\xbb\xbf" + lines(line(1), "x").encode(), ["1"], [(2, "x", "json")]),
    "NUL byte": (
        lines(line(1), '{"id": "2", "plan": "a\0b"}', line(3)),
        ["1", "3"],
        [(2, '{"id": "2", "plan": "a\0b"}', "json")],
    ),
    "cp1252 among UTF-8": (
        line(1, plan="café").encode() + b"\n" + line(2, plan="café").encode("cp1252") + b"\n" + line(3).encode(),
        ["1", "3"],
        [(2, line(2, plan="café"), "encoding")],
    ),
    "a control character": (lines(line(1), '{"id": "2\x1f"}', line(3)), ["1", "3"], [(2, '{"id": "2\x1f"}', "json")]),
    "a very long line": (lines(line(1), line(2, plan="x" * 40_000_000), line(3)), ["1", "3"], [(2, "…", "line_too_long")]),
    "empty": ("", [], []),
    "refused values": (
        lines(
            *(line(1), line(2, at="29/02/18"), line(3, action=None), line(4, at="2030-01-05"), line(5, id="")),
            *(line(6, at="1970-01-18 20:00:00"), line(7)),
        ),
        ["1", "7"],
        [
            (2, line(2, at="29/02/18"), "time"),
            (3, line(3, action=None), "event"),
            (4, line(4, at="2030-01-05"), "future"),
            (5, line(5, id=""), "id"),
            (6, line(6, at="1970-01-18 20:00:00"), "past"),
        ],
    ),
}


PACKED = [(name, end) for name in ("cut in half", "mixed line ends", "a very long line") for end in (".gz", ".zst")]


@pytest.mark.parametrize(("name", "packed"), [*((name, "") for name in CASES), *PACKED])
def test_bad_lines_are_set_aside_and_good_lines_are_not(project: TestProject, name: str, packed: str) -> None:
    content, good, bad = CASES[name]
    plain = content if isinstance(content, bytes) else content.encode()
    pack: dict[str, Callable[[bytes], bytes]] = {"": bytes, ".gz": gzip.compress, ".zst": zstandard.compress}
    project.export(f"a.jsonl{packed}", pack[packed](plain))
    totals = project.refresh().totals
    assert loaded(project) == good
    assert [(at, "…" if why == "line_too_long" else raw, why) for at, raw, why in quarantined(project)] == bad
    assert totals["rows_read"] == len(good) + len(bad)


def test_objects_and_lists_and_types_that_change(project: TestProject) -> None:
    project.export(
        "a.jsonl",
        lines(
            line(1, size=3, tags=["a, b", "c"], page={"url": "/x", "n": [1]}, deep={"z": 1, "a": {"b": None}}),
            line(2, size="many", page="/x", **{"page.url": "/flat"}),
            line(3, size=3.5, tags="x", page={"title": "T"}),
        ),
    )
    report = project.refresh()
    assert project.query("SELECT size, \"page.url\", tags, extra FROM events ORDER BY extra->>'id'") == [
        (3, None, ["a, b", "c"], '{"deep":{"z":1,"a":{}},"id":"1","page":{"url":"/x","n":[1]},"tags":["a, b","c"]}'),
        (None, "/flat", None, '{"id":"2","page":"/x","size":"many"}'),
        (None, None, None, '{"id":"3","page":{"title":"T"},"size":3.5,"tags":"x"}'),
    ]
    assert report.totals["values_set_aside"] == 3


def test_a_declared_property_is_read_from_inside_of_an_object(project: TestProject) -> None:
    project.export("a.jsonl", lines(line(1, page={"url": "/x"}), line(2)))
    project.refresh()
    assert project.query("SELECT \"page.url\", extra FROM events ORDER BY extra->>'id'") == [
        ("/x", '{"id":"1","page":{"url":"/x"}}'),
        (None, '{"id":"2"}'),
    ]


def test_a_key_that_no_object_has_is_named_with_the_nearest_one(project: TestProject) -> None:
    project.export("a.jsonl", lines(line(1)))
    project.export("b.jsonl", lines(line(2).replace("action", "actoin")))
    report = project.refresh()
    assert loaded(project) == ["1"]
    problem = next(file.problem for file in report.files if file.problem)
    assert problem.startswith("exports/b.jsonl: there is no column `action`, which source `app` maps.")
    assert problem.endswith("Did you mean `actoin`?")


def zipped(**members: bytes) -> bytes:
    into = BytesIO()
    with zipfile.ZipFile(into, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_0", "."), content)
    return into.getvalue()


def test_a_zip_is_read_member_by_member_and_says_in_which_a_row_is_bad(project: TestProject) -> None:
    head = "id,action,uid,at\n"
    project.export(
        "day.zip",
        zipped(
            a__1_0json_0gz=gzip.compress(lines(line(1), "x").encode()),
            a__2_0csv=(head + "2,opened,u,2026-01-05\n2\n").encode(),
            b_0jsonl=lines(line(3), line(1)).encode(),
        ),
    )
    totals = project.refresh().totals
    assert loaded(project) == ["1", "2", "3"]
    assert (totals["duplicates"], totals["quarantined"]) == (1, 2)
    assert project.query("SELECT path, line, raw, reason FROM quarantine ORDER BY path") == [
        ("exports/day.zip/a/1.json.gz", 2, "x", "json"),
        ("exports/day.zip/a/2.csv", 3, "2", "columns"),
    ]


@dataclass(frozen=True)
class Unreadable:
    """A file that cannot be read as a whole, and what is said of it."""

    name: str
    content: bytes
    said: str


MANY = "".join(f"{number},opened,u{number * 7919},2026-01-05\n" for number in range(5000))
UNREADABLE = [
    Unreadable("a.jsonl.gz", gzip.compress(MANY.encode())[:-20], "GZIP"),
    Unreadable(
        "a.csv.zst", zstandard.compress(b"id,action,uid,at\n" + MANY.encode())[:-9], "ends in the middle (truncated zstd)"
    ),
    Unreadable("a.csv.zst", b"not packed", "is no readable zstd file"),
    Unreadable("a.zip", b"PK not a zip", "is no readable zip"),
    Unreadable("a.zip", zipped(inner_0zip=b""), "holds another zip, inner.zip. Unpack it once."),
    Unreadable(
        "a.zip", zipped(readme_0pdf=b"%PDF"), "the file readme.pdf in it is of no kind that can be read. Export it as CSV"
    ),
    Unreadable("a.json", b'  [{"id": 1}]', "is one JSON array. Export one object per line"),
    Unreadable("a.jsonl", lines(line(1)).encode("utf-16"), "is UTF-16. Export it as UTF-8."),
]


@pytest.mark.parametrize("case", UNREADABLE, ids=lambda one: f"{one.name}: {one.said[:20]}")
def test_a_file_that_cannot_be_read_is_named_and_others_are_read(project: TestProject, case: Unreadable) -> None:
    project.export("good.jsonl", lines(line(1)))
    project.export(case.name, case.content)
    report = project.refresh()
    assert report.exit_code == 3
    assert loaded(project) == ["1"]
    (problem,) = (file.problem for file in report.files if file.problem)
    assert problem.startswith(f"exports/{case.name}")
    assert case.said in problem
    assert not list((project.root / "warehouse").glob("**/unpacked-*")), "what was unpacked is removed"


def test_a_file_of_no_known_kind_is_refused_and_not_taken_for_csv(tmp_path: Path) -> None:
    sources = (
        "sources: {app: {kind: events, files: 'exports/*', columns: {event: action, user: uid, time: at, id: id}, "
        "time: {timezone: UTC}}}"
    )
    project = make_project(tmp_path, sources=sources)
    project.export("notes.xlsx", b"PK")
    project.export("good.jsonl", lines(line(1)))
    report = project.refresh()
    assert loaded(project) == ["1"]
    (problem,) = (file.problem for file in report.files if file.problem)
    assert problem.startswith(
        "exports/notes.xlsx is of no kind that can be read. Export it as CSV, TSV, JSON lines or Parquet"
    )


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_seconds_where_milliseconds_are_stated_are_not_counted_in_1970(tmp_path: Path, kind: str) -> None:
    sources = (
        "sources: {app: {kind: events, files: exports, columns: {event: action, user: uid, time: at, id: id}, "
        "time: {unit: ms}}}"
    )
    project = make_project(tmp_path, sources=sources)
    rows = "(VALUES ('1', 'opened', 'u', 1767607200000), ('2', 'opened', 'u', 1767607200)) AS t(id, action, uid, \"at\")"
    (tmp_path / "exports").mkdir()
    forms = {"csv": "(FORMAT csv)", "jsonl": "(FORMAT json)", "parquet": "(FORMAT parquet)"}
    duckdb.execute(f"COPY (SELECT * FROM {rows}) TO '{tmp_path}/exports/a.{kind}' {forms[kind]}")
    project.refresh()
    assert project.column("SELECT ts::VARCHAR FROM events") == ["2026-01-05 10:00:00"]
    ((_, raw, reason),) = quarantined(project)
    assert reason == "past"
    assert "1767607200" in raw
    assert "file_row_number" not in raw


def test_a_cr_within_quotes_moves_no_line_number(project: TestProject) -> None:
    rows = '1,opened,u,2026-01-05,"a\rb\rc"\n2,opened,u,2026-01-05,x\n3,opened\n'
    project.export("a.csv", "id,action,uid,at,plan\n" + rows)
    project.refresh()
    assert loaded(project) == ["1", "2"]
    assert quarantined(project) == [(4, "3,opened", "columns")]


@pytest.mark.parametrize("end", ["csv", "jsonl", "parquet"])
def test_an_empty_id_is_nobody_also_where_other_words_are(tmp_path: Path, end: str) -> None:
    sources = (
        "sources: {app: {kind: events, files: exports, columns: {event: action, user: uid, time: at, id: id}, "
        "time: {timezone: UTC}, null_values: [anonymous]}}"
    )
    project = make_project(tmp_path, sources=sources)
    rows = "(VALUES ('1', 'opened', '', '2026-01-05'), ('2', 'opened', 'anonymous', '2026-01-05'), "
    rows += "('3', 'opened', 'ann', '2026-01-05')) AS t(id, action, uid, \"at\")"
    (tmp_path / "exports").mkdir()
    forms = {"csv": "(FORMAT csv, HEADER)", "jsonl": "(FORMAT json)", "parquet": "(FORMAT parquet)"}
    duckdb.execute(f"COPY (SELECT * FROM {rows}) TO '{tmp_path}/exports/a.{end}' {forms[end]}")
    project.refresh()
    assert project.column("SELECT id FROM user_units") == ["ann"]
    assert project.column("SELECT count(*) FROM events WHERE user_key IS NULL") == [2]


class Vanishing(Disk):
    """A disk that loses a file when it is about to be read."""

    def fetched(self, address: str, scratch: Path) -> AbstractContextManager[Path]:
        if address.endswith("b.jsonl"):
            Path(address).unlink()
        return super().fetched(address, scratch)


class Locked(Disk):
    """A disk with a file that may not be read."""

    def open(self, address: str) -> AbstractContextManager[BytesIO]:
        if address.endswith("b.jsonl"):
            raise PermissionError(13, "Permission denied", address)
        return super().open(address)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("disk", "said"),
    [(Vanishing(), "b.jsonl"), (Locked(), "cannot be opened: Permission denied. Check that it is there and may be read.")],
)
def test_a_file_that_vanishes_or_is_locked_costs_no_other(
    project: TestProject, monkeypatch: pytest.MonkeyPatch, disk: Disk, said: str
) -> None:
    project.export("a.jsonl", lines(line(1)))
    project.export("b.jsonl", lines(line(2)))
    monkeypatch.setattr(storage, "STORAGES", {"": disk})
    report = project.refresh()
    assert report.exit_code == 3
    assert loaded(project) == ["1"]
    assert said in next(file.problem for file in report.files if file.problem)


@pytest.mark.long
def test_a_line_of_200_megabytes_fills_no_memory(project: TestProject) -> None:
    import resource

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    path = project.export("a.jsonl", lines(line(1)))
    with path.open("ab") as stream:
        stream.write(b'{"id": "')
        for _ in range(200):
            stream.write(b"x" * 1_000_000)
        stream.write(b'"}\n' + line(3).encode())
    project.refresh()
    assert loaded(project) == ["1", "3"]
    assert [(at, why) for at, _, why in quarantined(project)] == [(2, "line_too_long")]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400_000, "KiB"
