"""What a snapshot says of its own data: volumes by day, what properties held lately, loads, quarantine and changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from prodops_metrics.warehouse.connection import Warehouse
from prodops_metrics.warehouse.health import RECENT
from prodops_metrics.warehouse.schema import event_days_table, quote, units_table

SAMPLE = 2000
"""So many rows of an event that nobody declared are looked at to propose a declaration."""


@dataclass(frozen=True)  # without slots: what is asked once is kept
class Observed:
    """Reads the records that refreshes left in a snapshot."""

    warehouse: Warehouse

    @cached_property
    def events(self) -> pl.DataFrame:
        """``event, source, events, first_ts, last_ts`` (naive UTC) of every name of an event that any row has."""
        return self.warehouse.table(
            "SELECT event::VARCHAR AS event, source, events, first_ts, last_ts FROM event_sources ORDER BY event, source"
        )

    def days(self, entity: str) -> pl.DataFrame:
        """``event, day, events, without_id, units, most``: of each event and local day; ``most`` is of one unit alone."""
        return self.warehouse.table(
            "SELECT event, day, events, without_id, units, most FROM health_days WHERE entity = $entity ORDER BY event, day",
            entity=entity,
        )

    def doubtful_ids(self, entity: str, words: Sequence[str]) -> pl.DataFrame:
        """``word, id, event, events, first, units, twins``: rows of units whose id is one of some words, or like ``7.0``.

        A word has rows of its own; of numbers with a decimal point there is one example, and ``units``, ``twins`` count
        all ids like it, and those of which the whole number is an id too. Words are compared in small letters.
        """
        units, days = quote(units_table(entity)), quote(event_days_table(entity))
        return self.warehouse.table(
            f"""
            WITH met AS (SELECT key, id, list_contains($words::VARCHAR[], lower(trim(id))) AS word FROM {units}
                WHERE word OR regexp_full_match(id, '-?[0-9]+[.]0+')),
            counted AS (SELECT count(*) AS units, count(w.id) AS twins FROM met AS m
                LEFT JOIN {units} AS w ON w.id = regexp_replace(m.id, '[.]0+$', '') WHERE NOT m.word),
            example AS (SELECT min(id) AS id FROM met WHERE NOT word)
            SELECT m.word, CASE WHEN m.word THEN m.id ELSE e.id END AS id, d.event::VARCHAR AS event,
                sum(d.events)::BIGINT AS events, min(d.day) AS first,
                any_value(c.units) AS units, any_value(c.twins) AS twins
            FROM met AS m JOIN {days} AS d USING (key) CROSS JOIN counted AS c CROSS JOIN example AS e
            GROUP BY ALL ORDER BY id, event""",
            words=list(words),
        )

    @cached_property
    def properties(self) -> pl.DataFrame:
        """``event, property, events, filled, misfits, example, misfit_from, missing_from`` over the last weeks.

        The latter are the first local days with values of another type, and with rows without a value.
        """
        return self.warehouse.table(
            "SELECT event, property, sum(events)::BIGINT AS events, sum(filled)::BIGINT AS filled, "
            "sum(misfits)::BIGINT AS misfits, arg_max(example, day) AS example, "
            "min(day) FILTER (misfits > 0) AS misfit_from, min(day) FILTER (filled + misfits < events) AS missing_from "
            "FROM health_properties GROUP BY event, property ORDER BY event, property"
        )

    @cached_property
    def values(self) -> pl.DataFrame:
        """``event, property, value, events, first`` over the last weeks, of properties with an enum."""
        return self.warehouse.table(
            "SELECT event, property, value, sum(events)::BIGINT AS events, min(day) AS first FROM health_values "
            "GROUP BY event, property, value ORDER BY event, property, sum(events) DESC, value"
        )

    @cached_property
    def loads(self) -> pl.DataFrame:
        """The books of every file, the latest first: counts, ``loaded_at`` (naive UTC) and ``snapshot``."""
        return self.warehouse.table(
            "SELECT source, path, bytes, rows_read, loaded, duplicates, quarantined, control, values_set_aside, first_ts, "
            "last_ts, loaded_at, snapshot FROM loads ORDER BY load_id DESC"
        )

    @cached_property
    def sources(self) -> pl.DataFrame:
        """``source, kind, newest`` (naive UTC) ``, newest_day`` of every source."""
        return self.warehouse.table("SELECT source, kind, newest, newest_day FROM sources ORDER BY source")

    @cached_property
    def quarantine(self) -> pl.DataFrame:
        """``source, reason, rows, example`` (``file:line``), most frequent first."""
        return self.warehouse.table(
            "SELECT source, reason, count(*) AS rows, arg_min(path || ':' || line, (path, line)) AS example "
            "FROM quarantine GROUP BY source, reason ORDER BY count(*) DESC, source, reason"
        )

    @cached_property
    def left_out(self) -> pl.DataFrame:
        """``source, column, values, first``: what was left out as personal though nobody said so.

        Of the loads of the four weeks up to the latest of each source; ``first`` is the day of the first of them.
        """
        return self.warehouse.table(
            "WITH recent AS (SELECT load_id, source, loaded_at FROM loads "
            "QUALIFY loaded_at > max(loaded_at) OVER (PARTITION BY source) - $recent::INTERVAL) "
            'SELECT d.source, d.property AS "column", sum(d.values)::BIGINT AS values, min(r.loaded_at)::DATE AS first '
            "FROM dropped_values AS d JOIN recent AS r USING (load_id) GROUP BY d.source, d.property ORDER BY ALL",
            recent=RECENT,
        )

    @cached_property
    def changes(self) -> pl.DataFrame:
        """``source, day, events, late``: what the refresh that made this snapshot brought to each local day."""
        return self.warehouse.table(
            "SELECT source, day, events, late FROM health_changes WHERE snapshot = $snapshot ORDER BY source, day",
            snapshot=self.warehouse.snapshot,
        )

    def undeclared(self, event: str) -> Mapping[str, str]:
        """The properties that rows of an event carry undeclared, with the type that all their values fit (from a sample)."""
        found = self.warehouse.table(
            "WITH pairs AS (SELECT unnest(json_keys(extra)) AS name, extra FROM (SELECT extra FROM events "
            "WHERE event = $event AND extra IS NOT NULL LIMIT $sample)), "
            "texts AS (SELECT name, json_extract_string(extra, "
            "'/' || replace(replace(name, '~', '~0'), '/', '~1')) AS value FROM pairs) "
            "SELECT name, CASE WHEN bool_and(lower(value) IN ('true', 'false')) THEN 'boolean' "
            "WHEN bool_and(TRY_CAST(value AS BIGINT) IS NOT NULL) THEN 'integer' "
            "WHEN bool_and(TRY_CAST(value AS DOUBLE) IS NOT NULL) THEN 'number' ELSE 'string' END AS kind "
            "FROM texts WHERE value IS NOT NULL GROUP BY name ORDER BY name",
            event=event,
            sample=SAMPLE,
        )
        return dict(found.iter_rows())


def volumes(warehouse: Warehouse, event: str) -> pl.DataFrame:
    """``day, events``: the rows of an event on each local day that has any, oldest first."""
    entity = next(iter(warehouse.catalog.project.entities))
    return warehouse.table(
        "SELECT day, events::BIGINT AS events FROM health_days WHERE entity = $entity AND event = $event ORDER BY day",
        entity=entity,
        event=event,
    )
