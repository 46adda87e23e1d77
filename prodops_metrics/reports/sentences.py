"""A metric in words: what it counts, of whom, over which time, and which way is better."""

import re
from collections.abc import Iterator

from pydantic import BaseModel

from prodops_metrics.definitions import Catalog, EventPosition, MetricDefinition
from prodops_metrics.metrics import METRIC_TYPES, Metric
from prodops_metrics.reports.dates import day
from prodops_metrics.reports.spoken import duration, key_of, spoken, values_of
from prodops_metrics.reports.type_docs import type_docs

FIELD = re.compile(r"{(\w+)}")
FOLDED = frozenset({"condition", "event"})
"""What stands in the words for the events already."""
STANDING = {"draft": "A draft: shown, never judged.", "broken": "Broken", "deprecated": "Deprecated"}


def meaning_in_words(metric: Metric, catalog: Catalog) -> tuple[str, ...]:
    """Sentences: what a metric is, over which time, whom it leaves out, which way is better, and how it stands."""
    return tuple(sentence for sentence in _sentences(metric, catalog) if sentence)


def meant(metric: MetricDefinition) -> str:
    """The clause that a metric stands for: ``the share of eligible active users with `search_submitted` ``."""
    clause = _clause(metric, metric.entity)
    return clause[:1].upper() + clause[1:]


def _sentences(metric: Metric, catalog: Catalog) -> Iterator[str]:
    yield f"{meant(metric)}{_details(metric)}."
    yield _when(metric)
    if metric.eligible and metric.only_eligible:
        yield f"Eligible are {metric.entity}s with `{metric.eligible.text}`."
    yield from (f"Left out: {(each.description or each.id).rstrip('.')}." for each in catalog.project.exclusions.values())
    yield "" if metric.higher_is_better else "Lower is better."
    yield _standing(metric)


def _clause(definition: BaseModel, entity: str) -> str:
    """The sentence of the definition's type with its values in it; its keys one by one where the type says none."""
    model = METRIC_TYPES.get(str(getattr(definition, "type", "")))
    says = type_docs(model).says if model else ""
    if says:
        return FIELD.sub(lambda found: _word(definition, found[1], entity), says)
    title = type_docs(model).title.rstrip(".") if model else "it"
    keys = ", ".join(f"`{key_of(definition, name)}` {_value(definition, name, entity)}" for name in _own(definition))
    return f"{title[:1].lower()}{title[1:]}{f': {keys}' if keys else ''}"


def _own(definition: BaseModel) -> Iterator[str]:
    """The fields that only its type has and that hold something."""
    for name, value in values_of(definition).items():
        if name not in MetricDefinition.model_fields and name not in {"condition", "type"} and value is not None:
            yield name


def _word(definition: BaseModel, name: str, entity: str) -> str:
    return f"{entity}s" if name == "units" else entity if name == "unit" else _value(definition, name, entity)


def _value(definition: BaseModel, name: str, entity: str) -> str:
    """A value in the words of a sentence: an event with its conditions, steps in their order, words without underscores."""
    value = getattr(definition, "matched" if name == "event" else name)
    if isinstance(value, tuple) and value and all(isinstance(each, EventPosition) for each in value):
        return ", then ".join(spoken(each) for each in value)
    if isinstance(value, BaseModel):
        return _clause(value, entity)
    if isinstance(value, str) and name not in {"property", "metric", "looked_at"}:
        return value.replace("_", " ")
    return f"{value:,}" if isinstance(value, int | float) and not isinstance(value, bool) else spoken(value)


def _details(metric: Metric) -> str:
    """Keys of the type that were written, and that its sentence does not hold."""
    said = {*FIELD.findall(type_docs(type(metric)).says), *FOLDED}
    told = type_docs(type(metric)).says
    more = [name for name in _own(metric) if told and name in metric.model_fields_set and name not in said]
    return (
        f" ({', '.join(f'{key_of(metric, name)} {_value(metric, name, metric.entity)}' for name in more)})" if more else ""
    )


def _when(metric: Metric) -> str:
    if metric.rolling:
        return f"Over {duration(metric.rolling)}, with a point for each {'day or week' if metric.grains else 'week'}."
    others = ", ".join(each for each in metric.grains if each != metric.grain)
    return f"By {metric.grain or 'week'}{f', also by {others}' if others else ''}."


def _standing(metric: Metric) -> str:
    """What its status means to a reader."""
    if metric.deprecated is not None:
        gone = metric.deprecated
        instead = f"; use `{gone.replaced_by}`" if gone.replaced_by else ""
        return f"Deprecated since {day(gone.since)}{f' ({gone.reason})' if gone.reason else ''}{instead}."
    return STANDING.get(metric.status, "")
