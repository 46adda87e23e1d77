"""E1: tables of events and units that are written inside a test."""

from collections.abc import Iterable

from prodops_metrics.definitions.checks.registry import check
from prodops_metrics.definitions.faults import Flaw


@check("E131")
def column_missing(name: str, needed: Iterable[str]) -> Flaw:
    """A table lacks a column.

    A row of events without a time or a name cannot be placed. The first line names the columns.

    Valid:
        tests:
          one_search:
            metric: searches
            given: |
              user,time,event
              u1,2026-06-01T09:00,search_submitted
            expect: {2026-06-01: 1}

    Invalid:
        tests:
          one_search:
            metric: searches
            given: |
              «user,event»
              u1,search_submitted
            expect: {2026-06-01: 1}
    """
    cure = f"The first line names the columns, such as `{','.join(needed)}`."
    return Flaw("E131", f"the table has no column `{name}`", cure)


@check("E132")
def column_twice(name: str) -> Flaw:
    """A table has a column twice.

    Nobody could say which of the two values counts.

    Valid:
        tests:
          one_search:
            metric: searches
            given: |
              user,time,event
              u1,2026-06-01T09:00,search_submitted
            expect: {2026-06-01: 1}

    Invalid:
        tests:
          one_search:
            metric: searches
            given: |
              user,time,event,«user»
              u1,2026-06-01T09:00,search_submitted,u2
            expect: {2026-06-01: 1}
    """
    return Flaw("E132", f"the column `{name}` stands here twice", "Keep one of them.")


@check("E133")
def line_misshapen(cells: int, columns: int) -> Flaw:
    """A line of a table has more or fewer cells than its header.

    One comma too few moves every value behind it into another column.

    Valid:
        tests:
          one_search:
            metric: searches
            given: |
              user,time,event,results
              u1,2026-06-01T09:00,search_submitted,
            expect: {2026-06-01: 1}

    Invalid:
        tests:
          one_search:
            metric: searches
            given: |
              user,time,event,results
              «u1,2026-06-01T09:00,search_submitted»
            expect: {2026-06-01: 1}
    """
    message = f"the line has {cells} cells, and the header {columns}"
    return Flaw("E133", message, "An empty cell still has its comma.")


@check("E134")
def no_time(text: str) -> Flaw:
    """A time in a table is not one.

    Times are local ones of the project, year first; an offset at their end says otherwise.

    Valid:
        tests:
          one_search:
            metric: searches
            given: |
              user,time,event
              u1,2026-06-01T09:00+02:00,search_submitted
            expect: {2026-06-01: 1}

    Invalid:
        tests:
          one_search:
            metric: searches
            given: |
              user,time,event
              u1,«09:00»,search_submitted
            expect: {2026-06-01: 1}
    """
    return Flaw("E134", f"`{text}` is not a time", "Write it as 2026-05-04 or 2026-05-04T09:30.")


@check("E135")
def nothing_expected() -> Flaw:
    """A test expects nothing.

    A test that no number can fail proves nothing. Each date says what the metric must be there.

    Valid:
        tests:
          one_search:
            metric: searches
            given: |
              user,time,event
              u1,2026-06-01T09:00,search_submitted
            expect: {2026-06-01: {point: 1, n: 1}}

    Invalid:
        tests:
          one_search:
            metric: searches
            given: |
              user,time,event
              u1,2026-06-01T09:00,search_submitted
            «expect»: {}
    """
    return Flaw("E135", "nothing is expected here", "Write `{2026-06-01: 0.5}` or `{2026-06-01: {point: 0.5, n: 12}}`.")


@check("E136")
def no_such_axis(name: str, axes: tuple[str, ...]) -> Flaw:
    """A test asks for a part of the number that the metric has not.

    Points of a funnel are told apart by `step`, those of retention by `age`; those of a count are one number.

    Valid:
        tests:
          one_search:
            metric: searches
            given: |
              user,time,event
              u1,2026-06-01T09:00,search_submitted
            expect: {2026-06-01: {point: 1}}

    Invalid:
        tests:
          one_search:
            metric: searches
            given: |
              user,time,event
              u1,2026-06-01T09:00,search_submitted
            expect: {2026-06-01: {point: 1, «step»: 2}}
    """
    cure = f"Its points are told apart by: {', '.join(axes)}" if axes else "It has one point for each date."
    return Flaw("E136", f"the metric has no `{name}`", cure, at_key=True)
