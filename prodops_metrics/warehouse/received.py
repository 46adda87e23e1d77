"""When stored events were received: kept in the JSON column, read back by the rule of the source that brought them."""

from collections.abc import Mapping

from prodops_metrics.definitions import Source, TimeFormat
from prodops_metrics.warehouse.formats import layout_of
from prodops_metrics.warehouse.staging.expressions import instant
from prodops_metrics.warehouse.staging.rows import Column
from prodops_metrics.warehouse.statement import Binder


def received(sources: Mapping[str, Source], values: Binder) -> str | None:
    """Naive UTC of the receipt of a row ``e`` of ``events``; None where no source says when it received anything."""
    cases = []
    for source in sources.values():
        names, time = _written(source)
        if names:
            texts = ", ".join(f"json_extract_string(e.extra, {values.bind(json_pointer(name))})" for name in names)
            moment = instant(Column(f"coalesce({texts}, NULL)", "VARCHAR"), time, values)
            loads = f"SELECT load_id FROM loads WHERE source = {values.bind(source.id)}"
            cases.append(f"WHEN e.load_id IN ({loads}) THEN {moment}")
    return f"CASE {' '.join(cases)} END" if cases else None


def _written(source: Source) -> tuple[tuple[str, ...], TimeFormat | None]:
    """The fields that hold the time of receipt, and how it is written."""
    if isinstance(name := source.columns.get("received"), str):
        return (name,), source.time
    layout = layout_of(source)
    return layout.received, layout.received_as


def json_pointer(name: str) -> str:
    """The path of a key, whatever is in its name."""
    return "/" + name.replace("~", "~0").replace("/", "~1")
