"""How long it takes to read and check a large project: 400 metrics of every type and 1,500 events in 60 files.

``make bench`` prints the table. Times are those of the processor, the best of several runs; reading starts at the bytes of
the files, as ``prodops check`` does, and ends with every fault and all advice.
"""

import argparse
import platform
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from prodops_metrics.definitions import Contents, Inspection, advice
from prodops_metrics.metrics import inspect_project

LIMIT = 1.5
TEAMS = 60
PROJECT = """\
project:
  name: Large
  timezone: Europe/Berlin
  entities: {user: {column: user_id, parent: account}, account: {column: account_id}}
  teams: {team: {name: Everybody}}
"""
SOURCES = """\
sources:
  app: {kind: events, files: data/*.csv, columns: {id: event_id}, time: {timezone: UTC}}
  accounts:
    kind: units
    entity: account
    key: account_id
    files: accounts.csv
    properties: {plan: {enum: [free, pro, business]}, seats: integer}
properties: {platform: {enum: [web, phone]}, locale: string}
"""
EVENT = """\
  event_{n}:
    description: Step {n} was taken by somebody
    aliases: [Step {n} taken]
    properties:
      size_{n}: {{type: integer, description: Bytes of it}}
      kind_{n}: {{type: string, enum: [small, middle, large]}}
"""
FEATURE = """\
  feature_{team}:
    description: What this team makes for people
    owner: team
    exposed: event_{a}
    used: event_{b}
    succeeded: event_{c}
    eligible: {{plan: {{not: free}}}}
"""
METRICS = (
    "type: count, event: event_{n}, filter: {{kind_{n}: [small, large]}}",
    "type: count_distinct, event: [event_{n}, event_{m}], where: \"locale in ('de', 'fr') and platform is not null\"",
    "type: ratio, numerator: {{type: sum, event: event_{n}, property: size_{n}}}, denominator: {{type: count, event: any}}",
    "type: funnel, steps: [event_{n}, {{event: event_{m}, filter: {{size_{m}: {{at_least: 3}}}}}}], window: 1 hour",
    "type: share, event: event_{n}, where: \"size_{n} > {m} and kind_{n} like 'l%'\", of: eligible_active, window: 28 days",
    "type: retention, start: event_{n}, return: event_{m}",
)


def large(metrics: int, events: int) -> Contents:
    """The definition files of a project of this size."""
    files = {"metric_defs/project.yml": PROJECT, "metric_defs/sources.yml": SOURCES}
    for team in range(TEAMS):
        numbers = range(team, events, TEAMS)
        text = "events:\n" + "".join(EVENT.format(n=n) for n in numbers)
        text += "features:\n" + FEATURE.format(team=team, a=numbers[0], b=numbers[1], c=numbers[2])
        text += "metrics:\n" + "".join(_metrics(team, metrics, events))
        files[f"metric_defs/team_{team:02}.yml"] = text
    return {name: text.encode() for name, text in files.items()}


def _metrics(team: int, metrics: int, events: int) -> Iterator[str]:
    for number in range(team, metrics, TEAMS):
        keys = METRICS[number % len(METRICS)].format(n=number, m=(number * 7 + 1) % events)
        yield f"  metric_{number}: {{description: What {number} people did there, {keys}, feature: feature_{team}}}\n"


def seconds(run: Callable[[], object], runs: int) -> float:
    """The least time of the processor that it took."""
    times = []
    for _ in range(runs):
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    return min(times)


def rows(metrics: int, events: int, runs: int) -> Iterator[tuple[str, float, float | None]]:
    """What was measured, how long it took, and how long it may take."""
    contents = large(metrics, events)
    found = inspect_project(Path(), contents)
    _expect_clean(found)
    catalog = found.catalog
    faulty = {name: content.replace(b"type: count,", b"tipe: count,") for name, content in contents.items()}
    yield "read and check everything", seconds(lambda: inspect_project(Path(), contents), runs), LIMIT
    yield "the same, with a fault in every sixth metric", seconds(lambda: inspect_project(Path(), faulty), runs), LIMIT
    yield "advice", seconds(lambda: advice(found), runs), None
    yield "advice against an earlier version", seconds(lambda: advice(found, catalog), runs), None


def _expect_clean(found: Inspection) -> None:
    if found.faults:
        raise SystemExit("the measured project has faults, so the times would mean nothing:\n" + str(found.faults[0]))


def main() -> None:
    """Prints the table; exit code 1 where something took longer than it may."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--metrics", type=int, default=400)
    parser.add_argument("--events", type=int, default=1_500)
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    out = sys.stdout.write
    out(f"{asked.metrics:,} metrics, {asked.events:,} events, {TEAMS + 2} files; Python {platform.python_version()}\n\n")
    late = False
    for name, took, limit in rows(asked.metrics, asked.events, asked.runs):
        late = late or (limit is not None and took > limit)
        out(f"{name:<46}{took:6.2f} s{f'   at most {limit} s' if limit else ''}\n")
    raise SystemExit(1 if late else 0)


if __name__ == "__main__":
    main()
