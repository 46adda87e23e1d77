"""Names that a product may use and the engine uses too: they never meet."""

from pathlib import Path

import pytest

from prodops_metrics.reports.answers import headlines
from tests.projects import opened, write_project

TAKEN = [
    "event_id", "ts", "day", "extra", "load_id", "key", "since", "until", "rowid", "fault", "received", "ordinal",
    "set_aside", "user_key", "user_id_key", "user_id_", "unit", "window_id", "value", "base", "segment", "step", "order",
    "select", "a b", 'quo"te', "dash-ed", "dot.ted", "sla/sh", "til~de", "ünï", "$p1", "day_",
]  # fmt: skip


@pytest.mark.parametrize("name", TAKEN)
def test_a_property_may_have_any_name(tmp_path: Path, name: str) -> None:
    quoted = name.replace('"', '\\"')
    definitions = (
        f'properties: {{"{quoted}": {{type: integer}}}}\n'
        "events: {used: {description: Used}}\n"
        f'metrics: {{odd: {{type: count, description: Odd, event: used, filter: {{"{quoted}": 7}}}}}}\n'
    )
    header = name.replace('"', '""')
    text = (
        f'user,event,time,"{header}"\nu1,used,2024-01-01 09:00,7\nu1,used,2024-01-07 09:00,8\nu1,used,2024-01-07 10:00,x\n'
    )
    session = opened(write_project(tmp_path, definitions, text))
    assert headlines(session, session.metric("odd"))[-1].now.numerator == 1
