"""``verdicts:`` - by which rules features are judged. Product ops own them, in standard.yml."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from string import Formatter
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from prodops_metrics.definitions.checks import verdicts as checks
from prodops_metrics.definitions.faults import Flaw, FlawedError, refusal
from prodops_metrics.definitions.features import Feature, Override, Role
from prodops_metrics.definitions.fields import RollingWindow, Share
from prodops_metrics.definitions.part import Part
from prodops_metrics.definitions.rulings import (
    Age,
    Always,
    Bound,
    Condition,
    Failing,
    StageIs,
    bounds_in,
    is_share,
    mapped,
    parts_in,
    read_when,
    threshold,
)

State = Literal["not_judged", "too_early", "suspect", "not_enough", "at_risk", "watch", "healthy"]
When = Annotated[Condition, BeforeValidator(read_when)]
FILLED: Mapping[type[Condition], tuple[str, ...]] = {
    StageIs: ("stage",),
    Age: ("launched", "date", "n"),
    Failing: ("check", "share", "event", "date"),
    Bound: ("n", "needed", "metric"),
    Always: ("widest", "low", "high"),
}
"""What each condition puts into the blanks of a rule's words."""


class Limit(Part):
    """From which share on a check fails."""

    above: Share
    """The share that is still borne."""


class Health(Part):
    """When the events of a feature can no longer be trusted to say anything about it."""

    without_id: Limit | None = None
    """Events of one of its roles without a unit's id, in the week that is judged."""
    never_seen: tuple[Role, ...] = ()
    """Roles that have to be seen: a name that never comes is likely a wrong one."""
    using_without_exposed: Limit | None = None
    """Units that used it and had never been shown it, in the `window` up to the week's end."""


class Rule(Part):
    """A verdict and when it is given; ``say`` are the words, with blanks in braces, for what needs others than usual."""

    id: State
    """The verdict that it gives."""
    when: When
    """What has to hold: `always`, or conditions on metrics, `stage`, `weeks_since_launch`, `health` and `goal`."""
    say: str = ""
    """Its reason in words; from the metrics and figures unless it says so."""

    @model_validator(mode="after")
    def _words_can_be_filled(self) -> Self:
        known = dict.fromkeys(name for part in parts_in(self.when) for name in FILLED.get(type(part), ()))
        wrong = [checks.unknown_blank(name, known).under("say") for name in blanks(self.say) if name not in known]
        if wrong:
            raise refusal(wrong)
        return self


class Verdicts(Part):
    """How features are judged, once a closed week: the first of the rules that holds."""

    window: RollingWindow = timedelta(days=28)
    """How many days of data a first judgement needs, and checks of events look back on; metrics have their own windows."""
    every: Literal["week"] = "week"
    """How often is judged."""
    level: Annotated[Share, Field(ge=0.5, lt=1)] = 0.99
    """How sure the ends of intervals are that rules compare."""
    hold: Annotated[int, Field(ge=1, le=12)] = 2
    """How many judgements in a row a change of verdict has to hold."""
    health: Health = Health()
    """When events cannot be trusted."""
    rules: tuple[Rule, ...] = ()
    """The rules, tried in their order."""

    @model_validator(mode="after")
    def _each_rule_can_be_reached(self, _info: ValidationInfo) -> Self:
        for index, rule in enumerate(self.rules[:-1]):
            if isinstance(rule.when, Always):
                late = range(index + 1, len(self.rules))
                raise refusal(checks.never_reached(rule.id).under("rules", at, "when") for at in late)
        return self

    @property
    def metrics(self) -> tuple[str, ...]:
        """The standard metrics that the rules ask for, in the order of the rules."""
        return tuple(dict.fromkeys(bound.metric for rule in self.rules for bound in bounds_in(rule.when)))

    def of(self, feature: Feature) -> "Verdicts":
        """The same rules with the feature's own thresholds in them."""
        if not feature.verdicts:
            return self
        rules = tuple(rule.model_copy(update={"when": _own(rule, feature)}) for rule in self.rules)
        return self.model_copy(update={"rules": rules})

    def flaws_of(self, feature: Feature, percent: Mapping[str, bool]) -> Iterator[Flaw]:
        """What is wrong with the feature's own thresholds; ``percent`` says of which metrics they are shares."""
        for name, override in feature.verdicts.items():
            for rule, raw in override.thresholds.items():
                try:
                    self._check_override(name, rule, raw, percent)
                except FlawedError as error:
                    yield from (flaw.under("verdicts", name, rule) for flaw in error.flaws)

    def _check_override(self, name: str, rule: str, raw: object, percent: Mapping[str, bool]) -> None:
        bounds = [bound for each in self.rules if each.id == rule for bound in bounds_in(each.when)]
        meant = [bound for bound in bounds if name in {bound.metric, bound.name}]
        if len(meant) != 1 or not meant[0].bounds.single:
            known = [bound.name for bound in (meant or bounds)]
            raise FlawedError(checks.no_such_bound(name, rule, known if len(meant) < 2 else (name, *known)))
        threshold(raw, share=is_share(meant[0].reading, percent=percent.get(meant[0].metric, False)))


def _own(rule: Rule, feature: Feature) -> Condition:
    return mapped(rule.when, lambda bound: _moved(bound, rule.id, feature.verdicts))


def _moved(bound: Bound, rule: str, overrides: Mapping[str, Override]) -> Bound:
    override = overrides.get(bound.name) or overrides.get(bound.metric)
    raw = override.thresholds.get(rule) if override else None
    if override is None or raw is None:
        return bound
    return replace(bound, bounds=bound.bounds.at(threshold(raw, share=False)), because=override.because)


def blanks(words: str) -> Iterator[str]:
    """The names in braces; an empty one where braces are wrong."""
    try:
        yield from (name for _, name, _, _ in Formatter().parse(words) if name is not None)
    except ValueError:
        yield ""
