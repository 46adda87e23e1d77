"""A look at an export that no source reads yet: its fields, some of their values, and its first rows by the rules of one."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from prodops_metrics.definitions import Catalog, Source
from prodops_metrics.errors import ExportError
from prodops_metrics.warehouse.containers import Body, bodies, unpacked
from prodops_metrics.warehouse.files import ExportFile, discover, shown
from prodops_metrics.warehouse.formats import LAYOUTS, read_export
from prodops_metrics.warehouse.schema import quote
from prodops_metrics.warehouse.staging.area import StagingArea, id_column
from prodops_metrics.warehouse.staging.landing import landed
from prodops_metrics.warehouse.staging.rows import Piece

ROWS = 2_000
"""So many rows of an export are looked at."""
_LONGEST = 20 << 20


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an export: its type in the engine, and the values of the rows that have one, as text."""

    name: str
    type: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Glance:
    """What the first rows of an export hold: ``format`` is the vendor's whose signs it bears, else ``generic``."""

    path: str
    format: str
    rows: int
    fields: tuple[Field, ...]

    def field(self, name: str) -> Field | None:
        """A field by its name, letters' case aside."""
        return next((one for one in self.fields if one.name.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True)
class Parsed:
    """The first rows as a source reads them: (time in UTC, event, id of its unit), and how many were refused, with why."""

    rows: tuple[tuple[datetime, str, str | None], ...]
    loaded: int
    refused: int
    control: int
    reason: str | None


def glance(catalog: Catalog, source: Source) -> Glance:
    """Looks at the first file of a source that says nothing but where its files are.

    Raises:
        ExportError: there is no file, or it cannot be read.
    """
    with _area(catalog) as area:
        file = _sampled(catalog, source, area)
        body = next(bodies(Path(file.address), file.address, area.scratch, "text"))
        unheaded = _unheaded(body)
        with landed(area, (Piece(0, file, body),), LAYOUTS[unheaded or "generic"]) as rows:
            if unheaded:
                return Glance(file.path, unheaded, rows.total, ())
            names = tuple(rows.columns)
            given = area.connection.execute(
                f"SELECT {', '.join(rows.columns[name].text for name in names) or 'NULL'} FROM {rows.relation} "
                f"ORDER BY position LIMIT {ROWS}",
                dict(rows.parameters),
            ).fetchall()
            fields = tuple(
                Field(name, rows.columns[name].type, tuple(str(row[at]) for row in given if row[at] not in {None, ""}))
                for at, name in enumerate(names)
            )
    return Glance(file.path, _format(fields), len(given), fields)


def parsed(catalog: Catalog, source: Source, first: int = 10) -> Parsed:
    """Reads the first rows of a source's first file by its rules, and keeps nothing.

    Raises:
        ExportError: it cannot be read by them.
    """
    with _area(catalog) as area:
        read_export(area, _sampled(catalog, source, area), 0)
        unit = quote(id_column(next(iter(area.entities))))
        run = area.connection.execute
        rows = run(f"SELECT ts, event, {unit} FROM temp.arrived WHERE fault IS NULL ORDER BY ts LIMIT {first:d}").fetchall()
        counted = run(
            "SELECT count(*) FILTER (fault IS NULL), count(*) FILTER (fault IS NOT NULL) FROM temp.arrived"
        ).fetchone()
        refused = run("SELECT count(*), mode(reason) FROM temp.malformed").fetchone()
    loaded, control = counted or (0, 0)
    count, reason = refused or (0, None)
    return Parsed(tuple(rows), loaded, count, control, reason)


@contextmanager
def _area(catalog: Catalog) -> Iterator[StagingArea]:
    """A staging area of its own, without anything that is stored."""
    entities = {name: entity.column for name, entity in catalog.project.entities.items()}
    with TemporaryDirectory(prefix="prodops-") as folder, duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET enable_progress_bar = false")
        area = StagingArea(
            connection=connection,
            scratch=Path(folder),
            latest=datetime.max,  # noqa: DTZ901 - naive UTC; what is in the future is the refresh's to say
            timezone=catalog.project.timezone,
            entities=entities,
            properties=catalog.property_types,
            aliases={},
            parents={},
        )
        area.create()
        yield area


def _sampled(catalog: Catalog, source: Source, area: StagingArea) -> ExportFile:
    """The first rows of the first file, as a file of their own."""
    connection, scratch = area.connection, area.scratch
    addresses = discover(catalog.root, source)
    if not addresses:
        raise ExportError(f"There is no file that can be read at {', '.join(source.files)}.")
    file = ExportFile(source, shown(catalog.root, addresses[0]), addresses[0], 0, "", "", "new")
    with file.fetched(scratch) as place:
        body = next(bodies(place, file.path, scratch, LAYOUTS[source.format].kind or "text"))
        sample = _copied(connection, body, scratch)
    return ExportFile(source, file.path, str(sample), 0, "", "", "new")


def _copied(connection: duckdb.DuckDBPyConnection, body: Body, scratch: Path) -> Path:
    ends = {"text": ".tsv" if ".tsv" in body.path.name.lower() else ".csv", "json": ".jsonl", "parquet": ".parquet"}
    sample = scratch / f"sample{ends[body.kind]}"
    if body.kind == "parquet":
        first = connection.sql(f"SELECT * FROM read_parquet($path) LIMIT {ROWS}", params={"path": str(body.path)})
        first.write_parquet(str(sample))
        return sample
    with unpacked(body.path) as stream, sample.open("wb") as plain:
        plain.writelines(islice(iter(lambda: stream.readline(_LONGEST), b""), ROWS + 1))
    return sample


def _unheaded(body: Body) -> str | None:
    """The format without a header that the first line has as many fields as; None where it has a header."""
    if body.kind != "text":
        return None
    with unpacked(body.path) as stream:
        fields = stream.readline(_LONGEST).count(b"\t") + 1
    return next((name for name, layout in LAYOUTS.items() if layout.names and len(layout.names) == fields), None)


def _format(fields: tuple[Field, ...]) -> str:
    """The vendor with most of whose signs an export agrees."""
    names = {field.name for field in fields}
    found = {
        name: max((len(sign) for sign in layout.signs if all(_has(fields, names, one) for one in sign)), default=0)
        for name, layout in LAYOUTS.items()
    }
    best = max(found, key=lambda name: found[name])
    return best if found[best] else "generic"


def _has(fields: tuple[Field, ...], names: set[str], sign: str) -> bool:
    if sign in names:
        return True
    outer, _, inner = sign.partition(".")
    own = next((field for field in fields if field.name == outer), None) if inner else None
    return own is not None and any(f'"{inner}"' in value for value in own.values[:50])
