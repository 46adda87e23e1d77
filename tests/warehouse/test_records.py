"""The careful reader of delimited text agrees with DuckDB's fast one wherever that one has no complaint."""

from pathlib import Path

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from prodops_metrics.warehouse.staging.records import Header, header, mend, records

PIECES = st.sampled_from(["a", '"', '""', ",", "\n", "\r\n", "\r", " ", "é", '"x"', '"x\ny"', "b,c\n", "b,c\n", "\0"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("records")


def by_duckdb(path: Path, head: Header, *, first: list[str], with_header: bool) -> list[tuple[str, ...]] | None:
    names = [*first, *(f"c{number}" for number in range(len(head.names)))]
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
    try:
        with duckdb.connect() as connection:
            return connection.execute(
                f"SELECT * FROM read_csv($path, delim = ',', quote = '\"', escape = '\"', header = {with_header}, "
                f"skip = {head.skipped if with_header else 0}, auto_detect = false, columns = {{{columns}}})",
                {"path": str(path)},
            ).fetchall()
    except duckdb.InvalidInputException:
        return None


@given(st.sampled_from(["a,b\n", "a,b\r\n", "one\n", "\na,b,c\n"]), st.lists(PIECES, max_size=25).map("".join))
@example("a,b\n", '1,2\n3,"x\n5,6\n7,"y"\n8,9\n')
@example("one\n", "1\n\n3\n\n")
def test_both_readers_see_the_same_records(folder: Path, first: str, body: str) -> None:
    path, clean = folder / "a.csv", folder / "clean.csv"
    path.write_text(first + body, encoding="utf-8", newline="")
    head = header(path, ",")
    assert head is not None
    found = list(records(path, head))
    fast = by_duckdb(path, head, first=[], with_header=True)
    if fast is not None:
        assert [record.fault for record in found] == [None] * len(fast)
    broken = list(mend(path, head, clean))
    mended = by_duckdb(clean, head, first=["ordinal"], with_header=False)
    assert mended is not None
    assert len(mended) + len(broken) == len(found)
    if fast is not None:
        assert [row[1:] for row in mended] == fast


@given(st.lists(PIECES, max_size=25).map("".join))
def test_a_broken_record_never_costs_a_good_one_that_follows(folder: Path, body: str) -> None:
    path = folder / "b.csv"
    path.write_text("a,b\n" + body.replace('"', "") + "\n1,2\n" + '3,"open\n4,5\n6,"7"\n', encoding="utf-8", newline="")
    head = header(path, None)
    assert head is not None
    assert [record.text for record in records(path, head) if not record.fault][-3:] == ["1,2", "4,5", '6,"7"']
