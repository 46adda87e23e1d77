"""The windows that are asked about, as rows of a statement."""

from prodops_metrics.metrics.query import Asked
from prodops_metrics.warehouse.statement import Parameters


def window_rows(asked: Asked, parameters: Parameters) -> str:
    """SELECT of ``window_id, first_day, last_day`` (local) and ``starts_at, ends_at`` (naive UTC, half-open)."""
    kinds = {"first_day": "DATE", "last_day": "DATE", "starts_at": "TIMESTAMP", "ends_at": "TIMESTAMP"}
    rows = ((one.start, one.last_day, *asked.calendar.instants(one)) for one in asked.windows)
    # A value for each column, not for each window: many windows would take longer to plan than to answer.
    listed = zip(kinds.items(), (",".join(map(str, column)) for column in zip(*rows, strict=True)), strict=True)
    split = {name: f"string_split({parameters.bind(text)}, ',')::{kind}[]" for (name, kind), text in listed}
    told = ", ".join(f"({values})[window_id + 1] AS {name}" for name, values in split.items())
    # Of range() the planner knows how many rows it has; of lists that are unnested it takes them for one.
    return f"SELECT window_id, {told}\n  FROM range({len(asked.windows)}) AS r(window_id)"
