"""What follows from the events that a source asks for: which of them need all history, and whether days tell enough."""

from dataclasses import replace

from prodops_metrics.definitions import EventPosition
from prodops_metrics.metrics.query import Relation, Source


def kept(relation: Relation) -> str:
    """How a relation is kept for who reads it several times: the events of one step are found sooner in the table itself."""
    again = isinstance(relation, Source) and relation.steps and not firsts(relation.position)
    return "NOT MATERIALIZED " if again else ""


def touching(source: Source) -> Source:
    """The events of a source by whose values a unit can be told."""
    return replace(source, position=source.touching, steps=()) if source.touching else source


def by_history(source: Source) -> tuple[Source, ...]:
    """A source in two where only some of its events have to be read from the first one on, to tell which that is."""
    first = {match.event for match in source.position if match.first_time}
    names = {match.event for match in source.position}
    if source.all_history or not first or None in names or names == first:
        return (source,)

    def only(named: set[str | None]) -> Source:
        position, *steps = (
            EventPosition(tuple(match for match in one if match.event in named)) for one in (source.position, *source.steps)
        )
        return replace(source, position=position, steps=tuple(steps), anonymous=False)

    return only(first), only(names - first)


def plain(source: Source) -> bool:
    """Whether a source asks for days only, and for whole events of their names."""
    return source.needs == "days" and all(not match.condition and not match.first_time for match in source.position)


def firsts(position: EventPosition) -> bool:
    """Whether some alternative wants a unit's first event ever, for which all history has to be read."""
    return any(match.first_time for match in position)
