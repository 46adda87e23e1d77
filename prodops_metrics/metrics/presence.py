"""Which units were there in which window: the question under adoption, active users and retention.

Windows that do not overlap need one pass with DISTINCT. Windows of one length that do overlap (28 days, one a week) would
count every day several times that way, so each active day is turned into the span of days it keeps its unit active,
cut where the unit's next active day takes over (gaps and islands): one pass, whatever the window's length.
"""

from prodops_metrics.metrics.query import Asked


def present(days: str, asked: Asked) -> str:
    """SQL of the distinct ``window_id, unit`` in a relation ``unit, day``."""
    lengths = {window.days for window in asked.windows}
    alike = asked.overlap and not asked.timed and len(lengths) == 1
    return _islands(days, *lengths) if alike else _distinct(days, asked)


def _distinct(days: str, asked: Asked) -> str:
    return f"""\
SELECT DISTINCT w.window_id, d.unit
FROM {days} AS d
JOIN windows AS w ON {asked.within("d")}"""


def _islands(days: str, length: int) -> str:
    return f"""\
SELECT w.window_id, i.unit
FROM (
  SELECT unit, day AS from_day,
    least(day + {length}, lead(day) OVER (PARTITION BY unit ORDER BY day)) AS until_day
  FROM (SELECT DISTINCT unit, day FROM {days})
) AS i
JOIN windows AS w ON w.last_day >= i.from_day AND w.last_day < i.until_day"""
