"""A report as a reader wants it: of a segment, by another entity, over other days; the verdict stays about everybody."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from prodops_metrics.calendar import Window
from prodops_metrics.errors import UnknownIdError
from prodops_metrics.reports.answers import Shape, headlines
from prodops_metrics.reports.figures import figure
from prodops_metrics.reports.session import Session
from prodops_metrics.reports.view import View, entities, fixed, shown_span, viewed
from tests.projects import opened, write_project

ACCOUNTS = """
events:
  looked: {description: Looked}
  used: {description: Used it}
features:
  search: {used: used}
"""
OF_ACCOUNTS = """
  entities:
    user: {column: user, parent: account}
    account: {column: account}
"""
WITH_ACCOUNTS = """\
sources:
  log:
    kind: events
    files: events.csv
    columns: {event: event, user: user, account: account, time: time}
    time: {timezone: UTC}
    duplicates: keep
    complete_through: newest_day
"""


@pytest.mark.parametrize("name", ["adoption", "active_units", "activation", "retention"])
def test_a_view_of_a_segment_is_what_a_breakdown_says_of_it(sample: Session, name: str) -> None:
    metric = f"search.{name}"
    seen = figure(viewed(sample, View(segment="paying")), metric, name)
    expected = [one for one in headlines(sample, sample.metric(metric), Shape(by="paying")) if one.segment == "paying"][-1]
    assert seen.row == expected.now
    assert seen.movement == expected.movement
    assert seen.row != figure(sample, metric, name).row
    assert seen.receipt is not None
    assert "Left out everywhere: Everyone outside the segment `paying`." in seen.receipt.left_out


def test_counted_by_accounts_an_account_uses_it_if_anybody_in_it_does(tmp_path: Path) -> None:
    """Accounts a and b were there; both users of a used it, nobody of b: 2 of 3 users, 1 of 2 accounts."""
    events = "user,account,event,time\nu1,a,used,2024-01-02\nu2,a,used,2024-01-03\nu3,b,looked,2024-01-04\n"
    write_project(tmp_path, ACCOUNTS, events, project=OF_ACCOUNTS, sources=WITH_ACCOUNTS)
    session = opened(tmp_path)
    users, accounts = (
        figure(viewed(session, View(entity=entity)), "search.adoption", "Adoption").row for entity in (None, "account")
    )
    assert users is not None
    assert accounts is not None
    assert (users.numerator, users.denominator) == (2, 3)
    assert (accounts.numerator, accounts.denominator) == (1, 2)
    assert entities(session.catalog) == ("user", "account")


def test_what_another_entity_cannot_have_is_absent_with_its_reason(sample: Session) -> None:
    seen = viewed(sample, View(entity="account"))
    assert "comments.adoption" not in seen.catalog.metrics
    assert seen.catalog.absent["comments.adoption"] == "whom it is for is told by `role`, which no account has"
    assert figure(seen, "search.adoption", "Adoption").counted_text.endswith("eligible active accounts")


@pytest.mark.parametrize(("view", "near"), [(View(segment="payin"), "paying"), (View(entity="acount"), "account")])
def test_what_there_is_not_is_said_with_the_nearest(sample: Session, view: View, near: str) -> None:
    with pytest.raises(UnknownIdError, match=f"Did you mean `{near}`"):
        viewed(sample, view)


def test_days_say_how_far_charts_go_and_never_past_the_data(sample: Session) -> None:
    metric = sample.metric("search.adoption")
    horizon = sample.warehouse.horizon(metric)
    days = Window(date(2026, 9, 1), date(2026, 10, 1))
    assert shown_span(metric, horizon, View(days=days)) == days
    late = Window(date(2026, 11, 1), date(2027, 6, 1))
    assert shown_span(metric, horizon, View(days=late)).last_day == horizon.newest_day


def test_a_fixed_view_says_its_days(sample: Session) -> None:
    through = sample.warehouse.horizon().through
    found = fixed(View(4), through).days
    assert found is not None
    assert (found.last_day, found.days) == (through, 28)
    assert fixed(View(days=found), through + timedelta(weeks=9)).days == found
