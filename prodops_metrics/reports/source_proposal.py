"""A source proposed for an export that nobody has described yet, with the reason for every guess."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from prodops_metrics.definitions import Catalog, Source
from prodops_metrics.definitions.files import contents_of
from prodops_metrics.definitions.sources import GENERIC, STATED_ZONE, WITHOUT_ID
from prodops_metrics.definitions.writing import with_definition
from prodops_metrics.errors import DefinitionError, ExportError, WritingError
from prodops_metrics.metrics import inspect_project
from prodops_metrics.warehouse.glance import Field, Glance, Parsed, glance, parsed

FILE = "metric_defs/sources.yml"
EVENTS = ("event", "event_name", "eventname", "event.name", "event name", "action", "activity", "event_type", "verb")
TIMES = ("time", "timestamp", "ts", "at", "created_at", "occurred_at", "event_time", "timecreated", "datetime", "date")
UNITS = ("user_id", "userid", "user", "uid", "customer_id", "customerid", "member_id", "person_id", "visitor_id")
IDS = ("event_id", "eventid", "id", "uuid", "message_id", "insert_id")
RECEIPTS = ("received_at", "receivedat", "ingested_at", "loaded_at")
UNITS_OF_TIME = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
FORMS = (
    *("%d/%m/%y, %H:%M", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M"),
    *("%m/%d/%y %H:%M", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d/%m/%Y", "%m/%d/%Y"),
)
OFFSET = re.compile(r":\d\d(\.\d+)?\s*(Z|UTC|[+-]\d\d(:?\d\d)?)$")
ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?")
SHOWN = 200


@dataclass(frozen=True, slots=True)
class Proposal:
    """A source that is not written yet: its file with it, what it says, why, and the first rows as it reads them."""

    name: str
    values: dict[str, object]
    reasons: tuple[str, ...]
    text: str
    first: Parsed


def propose(catalog: Catalog, place: str, name: str | None, layout: str | None) -> Proposal:
    """Looks at a file, a folder or a pattern, and says how its rows would be read.

    Raises:
        ExportError: there is nothing to read, or no time in it.
        WritingError: there is a source of that name already.
        DefinitionError: the name or the format cannot be.
    """
    files = _relative(catalog.root, place)
    id_ = name or _name(place)
    if id_ in catalog.sources:
        raise WritingError(f"There is a source `{id_}` already. Give this one another name with --name.")
    seen = glance(catalog, _checked(catalog, id_, _bare(files))[0])
    why = "as you said" if layout else "its fields are named as in that format"
    values, reasons = (
        _generic(catalog, seen, files, id_)
        if (layout or seen.format) == GENERIC
        else _laid_out(catalog, files, layout or seen.format, why)
    )
    source, text = _checked(catalog, id_, values)
    return Proposal(id_, values, tuple(reasons), text, parsed(_with(catalog, text), source))


def write(root: Path, proposal: Proposal) -> Path:
    """Puts the file with the source in the place of the one without it."""
    path = root / FILE
    path.write_bytes(proposal.text.encode())
    return path


def _bare(files: str) -> dict[str, object]:
    return {"kind": "events", "files": files, "time": {"timezone": "UTC"}, "duplicates": "keep"}


def _checked(catalog: Catalog, name: str, values: dict[str, object]) -> tuple[Source, str]:
    """The source as the definitions have it, and the text of its file.

    Raises:
        DefinitionError: it is none.
    """
    contents = contents_of(catalog.root)
    text = with_definition(contents.get(FILE, b"").decode(), "sources", name, values)
    found = inspect_project(catalog.root, {**contents, FILE: text.encode()})
    wrong = tuple(fault for fault in found.faults if not fault.advice)
    if found.catalog is None or wrong:
        raise DefinitionError(wrong)
    return found.catalog.sources[name], text


def _with(catalog: Catalog, text: str) -> Catalog:
    found = inspect_project(catalog.root, {**contents_of(catalog.root), FILE: text.encode()}).catalog
    return found or catalog


def _relative(root: Path, place: str) -> str:
    if "://" in place:
        return place
    path = Path(place).absolute()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def _name(place: str) -> str:
    bare = re.sub(r"\*+", "", place).rstrip("/").rsplit("/", 1)[-1].split(".", 1)[0]
    words = "_".join(re.findall(r"[a-z0-9]+", bare.lower()))
    return words if words[:1].isalpha() else f"export_{words}".strip("_")


def _laid_out(catalog: Catalog, files: str, layout: str, why: str) -> tuple[dict[str, object], list[str]]:
    values: dict[str, object] = {"kind": "events", "files": files, "format": layout}
    reasons = [f"format: {layout}, {why}; event, time, user and identities follow from it."]
    if layout in STATED_ZONE:
        values["time"] = {"timezone": catalog.project.timezone}
        reasons.append(
            f"time: the file does not say its zone; {catalog.project.timezone} is the project's. Correct it if need be."
        )
    if layout in WITHOUT_ID:
        values["duplicates"] = "row"
        reasons.append(_rows_equal())
    return values, reasons


def _generic(catalog: Catalog, seen: Glance, files: str, name: str) -> tuple[dict[str, object], list[str]]:
    columns: dict[str, object] = {}
    reasons: list[str] = []
    time = _named(seen, TIMES, _is_time) or next((one for one in seen.fields if _is_time(one)), None)
    if time is None:
        raise ExportError(
            f"{seen.path}: no column holds a time. It has {', '.join(f'`{field.name}`' for field in seen.fields)}. "
            "Events need one; a table of users or accounts is a source of kind units, to be written by hand."
        )
    event = _named(seen, EVENTS, _repeats)
    columns["event"] = event.name if event else {"constant": name}
    reasons.append(f"event: {_of(event)}" if event else f"event: no column names events, so every row is `{name}`.")
    columns["time"] = time.name
    how, why = _time(catalog, time)
    reasons.append(f"time: {_of(time)} {why}")
    for entity, field in _units(catalog, seen):
        columns[entity] = field.name
        reasons.append(f"{entity}: {_of(field)}")
    if (received := _named(seen, RECEIPTS, _is_time)) is not None and received is not time:
        columns["received"] = received.name
        reasons.append(f"received: {_of(received)} Of two versions of an event the later one stays.")
    own = _named(seen, IDS, lambda field: len(field.values) == seen.rows == len(set(field.values)))
    if own is not None:
        columns["id"] = own.name
        reasons.append(f"id: {_of(own)} No two of the first {seen.rows:,} rows have the same, so equal ids are duplicates.")
    values: dict[str, object] = {"kind": "events", "files": files, "columns": columns, "time": how}
    if own is None:
        values["duplicates"] = "row"
        reasons.append(_rows_equal())
    return values, reasons


def _rows_equal() -> str:
    return (
        "duplicates: no column is an id of the event, so `row`: equal rows count as often as in the file that has most of "
        "them. Choose `row_once` if they are never two events, `keep` if files never overlap."
    )


def _of(field: Field) -> str:
    example = field.values[0][:40] if field.values else "nothing"
    return f"column `{field.name}`, such as `{example}`."


def _named(seen: Glance, names: tuple[str, ...], fits: Callable[[Field], bool]) -> Field | None:
    found = (seen.field(name) for name in names)
    return next((field for field in found if field is not None and fits(field)), None)


def _units(catalog: Catalog, seen: Glance) -> Iterator[tuple[str, Field]]:
    """The column of each entity: as the project has it, else, of the first one, by the usual names."""
    for at, (entity, declared) in enumerate(catalog.project.entities.items()):
        names = (declared.column, entity, f"{entity}_id", *(UNITS if at == 0 else ()))
        if (field := _named(seen, names, lambda field: bool(field.values))) is not None:
            yield entity, field


def _repeats(field: Field) -> bool:
    return bool(field.values) and len(set(field.values)) <= max(len(field.values) // 2, 1)


def _is_time(field: Field) -> bool:
    return (
        field.type.startswith(("TIMESTAMP", "DATE")) or _iso(field) or _form(field) is not None or _unit(field) is not None
    )


def _iso(field: Field) -> bool:
    return bool(field.values) and all(ISO.fullmatch(value) for value in field.values[:SHOWN])


def _time(catalog: Catalog, field: Field) -> tuple[dict[str, object], str]:
    zone = catalog.project.timezone
    local = f"nothing says their zone; {zone} is the project's, correct it if they are in another."
    if (unit := _unit(field)) is not None:
        then = datetime.fromtimestamp(float(field.values[0]) / UNITS_OF_TIME[unit], UTC)
        return {"unit": unit}, f"Read as {unit} since 1970 it is {then:%Y-%m-%d %H:%M} UTC; in another unit, no likely date."
    if field.type == "TIMESTAMP WITH TIME ZONE" or all(OFFSET.search(value) for value in field.values[:SHOWN]):
        return {"timezone": "UTC"}, "Each time carries its offset, so that the zone stated here is not used."
    if form := _form(field):
        other = _ambiguous(field, form)
        doubt = f" `{other}` would fit as well: look at the days below." if other else ""
        return {"timezone": zone, "format": form}, f"Every time fits `{form}`;{doubt} {local}"
    return {"timezone": zone}, f"No time has an offset: {local}"


def _unit(field: Field) -> str | None:
    """The unit in which a count since 1970 is between 2000 and 2100, if all values are counts."""
    given = field.values[:SHOWN]
    if not given or not all(re.fullmatch(r"\d{9,20}(\.\d+)?", value) for value in given):
        return None
    low, high = 946_684_800, 4_102_444_800
    return next((unit for unit, of in UNITS_OF_TIME.items() if all(low <= float(v) / of < high for v in given)), None)


def _form(field: Field) -> str | None:
    return next((form for form in FORMS if field.values and all(_fits(value, form) for value in field.values[:SHOWN])), None)


def _ambiguous(field: Field, form: str) -> str | None:
    others = (other for other in FORMS if other != form and sorted(other) == sorted(form))
    return next((other for other in others if all(_fits(value, other) for value in field.values[:SHOWN])), None)


def _fits(value: str, form: str) -> bool:
    try:
        datetime.strptime(value, form)  # noqa: DTZ007 - only whether it fits
    except ValueError:
        return False
    return True
