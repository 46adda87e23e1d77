"""When stored events were received: kept in the JSON column, read back by the rule of the source that brought them."""

from collections.abc import Mapping

from prodops_metrics.definitions import Source
from prodops_metrics.warehouse.staging.expressions import instant
from prodops_metrics.warehouse.staging.landing import Column
from prodops_metrics.warehouse.statement import Binder


def received(sources: Mapping[str, Source], values: Binder) -> str | None:
    """Naive UTC of the receipt of a row ``e`` of ``events``; None where no source says when it received anything."""
    cases = []
    for source in sources.values():
        if isinstance(name := source.columns.get("received"), str):
            path = values.bind(json_pointer(name))
            moment = instant(Column(f"json_extract_string(e.extra, {path})", "VARCHAR"), source.time, values)
            loads = f"SELECT load_id FROM loads WHERE source = {values.bind(source.id)}"
            cases.append(f"WHEN e.load_id IN ({loads}) THEN {moment}")
    return f"CASE {' '.join(cases)} END" if cases else None


def json_pointer(name: str) -> str:
    """The path of a key, whatever is in its name."""
    return "/" + name.replace("~", "~0").replace("/", "~1")
