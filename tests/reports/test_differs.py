"""Toy streams, counted in every way: each number by hand, and our own definition of a rule wherever there is one."""

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from prodops_metrics.errors import ProdopsError, UnknownIdError
from prodops_metrics.reports.differs import OURS, Answer, difference, stream_of, streams_in_order
from prodops_metrics.reports.differs.toy import MOST_EVENTS, read

EXPECTED: dict[str, dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("differs.yaml").read_text())


def by_hand(number: Any) -> Answer:  # noqa: ANN401
    return Answer(*number) if isinstance(number, list) else Answer(number)


def test_every_stream_is_counted_by_hand() -> None:
    assert list(EXPECTED) == list(streams_in_order()), "in the order in which they are shown"


@pytest.mark.parametrize("name", EXPECTED)
def test_a_stream_says_what_was_counted_by_hand(name: str) -> None:
    found = difference(stream_of(name))
    assert not found.problems
    assert {each.way.id: each.answer for each in found.counted} == {
        way: by_hand(number) for way, number in EXPECTED[name].items()
    }
    mended = {each.way.id: each.here for each in found.counted if each.way.here}
    assert mended == {way: by_hand(EXPECTED[name][way]) for way in mended}, "our definition of a rule gives its number"


@pytest.mark.parametrize("name", EXPECTED)
def test_a_stream_shows_a_difference_and_says_why(name: str) -> None:
    stream = stream_of(name)
    ours, *others = stream.ways
    assert ours.who == OURS
    assert len({json.dumps(number) for number in EXPECTED[name].values()}) > 1, "else there is nothing to explain"
    assert all(way.source or way.count is None or way.here or not _names_a_tool(way.who) for way in others)
    assert stream.question.endswith("?")
    assert stream.why.endswith(".")


def _names_a_tool(who: str) -> bool:
    return any(tool in who for tool in ("Mixpanel", "PostHog", "Amplitude", "ClickHouse", "Google"))


@pytest.mark.parametrize("name", ["funnel_window", "retention_days", "week_start"])
def test_other_events_are_counted_as_well(name: str) -> None:
    """A stream that somebody wrote: every rule agrees with our definition of it, whatever the events."""
    agrees(name, 1)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("name", EXPECTED)
def test_random_events_are_counted_alike(name: str, seed: int) -> None:
    agrees(name, seed)


def agrees(name: str, seed: int) -> None:
    stream = stream_of(name)
    found = difference(stream, shuffled(stream.events, seed))
    for each in found.counted:
        if each.way.here and each.way.count:
            ours, theirs = each.here or Answer(0, 0), each.answer or Answer(0, 0)
            assert (ours.value, ours.of) == pytest.approx((theirs.value, theirs.of)), each.way.id


def shuffled(events: str, seed: int) -> str:
    """As many events of the same names and more people, at random seconds of the stream's own days; the last day is kept."""
    dice, rows = random.Random(seed), read(events, "UTC").happenings
    names, first, last = sorted({row.event for row in rows}), rows[0].at, rows[-1].at
    seconds = int((last - first).total_seconds())
    lines = []
    for at in (0, seconds, *(dice.randint(0, seconds) for _ in range(24))):
        number = f",{dice.randint(1, 900)}" if rows[0].value is not None else ""
        lines.append(f"{dice.choice('abcdef')},{dice.choice(names)},{first + timedelta(seconds=at)}{number}")
    return "\n".join(lines)


def test_times_without_a_zone_are_local_to_the_project() -> None:
    toy = read("ann,opened,2024-07-01 00:30\nben,opened,2024-06-30T22:15Z", "Europe/Berlin")
    assert [each.user for each in toy.happenings] == ["ben", "ann"]
    assert toy.happenings[1].at == datetime(2024, 6, 30, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ann,opened", "Line 1 is not `user,event,time`"),
        ("ann,opened,2024-01-01\nben,opened,yesterday", "Line 2: `yesterday` is not a time"),
        ("ann,opened,2024-01-01,many", "Line 1: `many` is not a number"),
        ("ann,opened,0001-01-01T00:00+14:00", "too far from today"),
        ("user,event,time\n\n", "There are no events"),
        ("ann,opened,2024-01-01\n" * (MOST_EVENTS + 1), f"a toy stream has {MOST_EVENTS} at most"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(text: str, said: str) -> None:
    with pytest.raises(ProdopsError, match=said):
        read(text, "UTC")


def test_a_stream_that_there_is_not_is_named_with_the_nearest() -> None:
    with pytest.raises(UnknownIdError, match="Did you mean `percentile`"):
        stream_of("percentil")
