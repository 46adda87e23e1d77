"""One row per event, unit or record, with columns as the source maps them.

Delimited text, JSON lines or Parquet. What the source does not name becomes a property; of JSON, a declared property
`page.url` is read from inside the object `page`.
"""

from prodops_metrics.warehouse.staging.layout import PLAIN

LAYOUT = PLAIN
