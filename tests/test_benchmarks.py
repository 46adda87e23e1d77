"""The benchmarks measure what they say: a project without faults, of the size that was asked for."""

from pathlib import Path

from benchmarks.definitions import large, rows
from prodops_metrics.definitions import advice
from prodops_metrics.metrics import inspect_project


def test_the_large_project_has_as_many_metrics_and_events_as_asked_for() -> None:
    found = inspect_project(Path(), large(metrics=70, events=180))
    assert found.catalog is not None, found.faults
    assert len([name for name in found.catalog.metrics if "." not in name]) == 70
    assert len(found.catalog.events) == 180
    assert {fault.code for fault in advice(found)} <= {"W503"}


def test_the_benchmark_reads_it_with_and_without_faults() -> None:
    names, times, limits = zip(*rows(metrics=70, events=180, runs=1), strict=True)
    assert len(set(names)) == 4
    assert min(times) > 0
    assert limits == (1.5, 1.5, None, None)
