"""Feedback as it is kept: how many answers about a feature, their scores, themes and words."""

from dataclasses import dataclass

from prodops_metrics.calendar import Window
from prodops_metrics.warehouse.connection import Warehouse
from prodops_metrics.warehouse.schema import attributes_table, column_name, quote, units_table
from prodops_metrics.warehouse.statement import Parameters

MOST_THEMES, MOST_TEXTS = 5, 50
SCORED, PLEASED = "count(score) FILTER (scale > 1)", "count(*) FILTER (scale > 1 AND score >= scale - 1)"


@dataclass(frozen=True, slots=True)
class Said:
    """``scored`` answers say of how many they are, ``pleased`` gave one of the two best; ``texts`` are newest first.

    ``by_parent`` has pleased and scored answers of each account, or of each unit where none is declared or known.
    """

    answers: int
    scored: int
    pleased: int
    by_parent: tuple[tuple[int, int], ...]
    themes: tuple[tuple[str, int], ...]
    texts: tuple[str, ...]


def said_of(warehouse: Warehouse, feature: str, window: Window) -> Said:
    """What was said of a feature on the local days of a window, but for units that the project excludes.

    Raises:
        QueryError: the engine refused the SQL.
    """
    counted = f"count(*), {SCORED}, {PLEASED}"
    answers, scored, pleased = _rows(warehouse, feature, window, f"SELECT {counted} FROM kept")[0]
    parents = f"SELECT {PLEASED}, {SCORED} FROM kept GROUP BY cluster HAVING {SCORED} > 0 ORDER BY 2, 1"
    themes = "SELECT theme, count(*) AS n FROM kept WHERE theme <> '' GROUP BY theme ORDER BY n DESC, theme LIMIT {}"
    texts = "SELECT text FROM kept WHERE trim(text) <> '' ORDER BY ts DESC, id LIMIT {}"
    return Said(
        answers,
        scored,
        pleased,
        tuple(_rows(warehouse, feature, window, parents)),
        tuple((theme, count) for theme, count in _rows(warehouse, feature, window, themes.format(MOST_THEMES))),
        tuple(row[0] for row in _rows(warehouse, feature, window, texts.format(MOST_TEXTS))),
    )


def _rows(warehouse: Warehouse, feature: str, window: Window, body: str) -> list[tuple]:  # type: ignore[type-arg]
    parameters = Parameters()
    bind, project = parameters.bind, warehouse.catalog.project
    day = f"timezone({bind(project.timezone)}, timezone('UTC', f.ts))::DATE"
    filters = [
        "f.in_force",
        f"f.feature = {bind(feature)}",
        f"{day} >= {bind(window.start)}::DATE",
        f"{day} < {bind(window.end)}::DATE",
        *_not_excluded(warehouse, parameters),
    ]
    cluster, joined = _cluster(warehouse, parameters)
    sql = f"WITH kept AS (SELECT f.*, {cluster} AS cluster FROM feedback AS f{joined} WHERE {' AND '.join(filters)}) {body}"
    return warehouse.table(sql, **parameters.values).rows()


def _cluster(warehouse: Warehouse, parameters: Parameters) -> tuple[str, str]:
    """SQL of whose answers are alike, and of what is joined to tell: an account's, else a unit's, else an answer's own."""
    project = warehouse.catalog.project
    parents, units, joined = [], [], ""
    for name in project.entities if not warehouse.stale else ():
        own, table = f"json_extract_string(f.units, {parameters.bind('/' + name)})", quote(units_table(name))
        known, one = quote(f"known_{name}"), quote(f"one_{name}")
        joined += f" LEFT JOIN {table} AS {known} ON {known}.id = {own}"
        joined += f" LEFT JOIN {table} AS {one} ON {one}.key = coalesce({known}.merged_into, {known}.key)"
        units.append(f"{parameters.bind(name)} || ' ' || {one}.key")
        if parent := project.parent(name):
            parents.append(f"{parameters.bind(parent)} || ' ' || {one}.parent_key")
    return f"coalesce({', '.join([*parents, *units, 'f.id'])})", joined


def _not_excluded(warehouse: Warehouse, parameters: Parameters) -> list[str]:
    filters = []
    for exclusion in warehouse.catalog.project.exclusions.values():
        units, attributes = quote(units_table(exclusion.entity)), quote(attributes_table(exclusion.entity))
        excluded = exclusion.condition.render(lambda name: f"a.{quote(column_name(name))}", parameters.bind)
        own = f"json_extract_string(f.units, {parameters.bind('/' + exclusion.entity)})"
        filters.append(
            f"coalesce({own} NOT IN (SELECT u.id FROM {units} AS u JOIN {attributes} AS a "
            f"ON a.key = coalesce(u.merged_into, u.key) WHERE {excluded} AND a.until = DATE '9999-12-31'), TRUE)"
        )
    return filters
