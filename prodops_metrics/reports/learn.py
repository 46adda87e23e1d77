"""What one has to know to read a report and to add a metric, told with the numbers and events of the project at hand."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from prodops_metrics.definitions import Catalog, Feature
from prodops_metrics.definitions.emitting import definition
from prodops_metrics.definitions.files import FOLDER
from prodops_metrics.definitions.verdicts import State
from prodops_metrics.metrics import METRIC_TYPES
from prodops_metrics.reports.figures import Figure, figure
from prodops_metrics.reports.session import Session
from prodops_metrics.reports.type_docs import TypeDocs, type_docs
from prodops_metrics.reports.verdict_words import NAMES, SIGNS

OUR_METRIC = "my_first_metric"

VERDICTS: Mapping[State, str] = {
    "healthy": "Adoption surely did not fall by much, and what else the rules look at surely holds. It needs evidence.",
    "watch": "Something surely is not as it should be, or nothing is certain yet; then the widest interval is named.",
    "at_risk": "A bound surely broke: too many failures, adoption falling, too few who get there or come back.",
    "suspect": "The events cannot be trusted to say anything: most have no user, or a declared one never comes.",
    "not_enough": "Too few people, or accounts, to be a percentage.",
    "too_early": "Launched too recently: five weeks, by the rules of this package.",
    "not_judged": "An idea, in alpha, or on its way out: nobody expects numbers of it.",
}
"""What each verdict says, as the rules of standard.yml give it."""

WORDS: Mapping[str, str] = {
    "adoption": "Of the eligible people who were there at all in the window, those who used the feature.",
    "eligible": "Whom the feature is for, as its definition says: without `eligible`, everyone.",
    "data through": "The last local day that is complete. What comes after it is drawn dashed and compared with nothing.",
    "window": "The days that a number is about. A card's window is the metric's own, whatever the page shows.",
    "interval": "Where the number would lie if the same kind of people came again; `level` in project.yml, 95 % by default.",
    "no clear change": "The interval of the change includes none. Its range says what could have been seen.",
    "incomplete": "The window is not over for all its people: a week that is running, a cohort that is too young.",
    "n of N": "What was counted, of how many. Under `small_sample`, 30 by default, there is no percentage.",
    "receipt": "Where a number comes from: a sentence, its window, its definition, what was left out, and SQL to run.",
    "snapshot": "The data as one refresh left it. Two numbers of one snapshot and one set of definitions never disagree.",
    "seam": "The day on which the meaning of a metric changed. Charts are by today's; what was told before was by another.",
    "segment": "People of a kind, held against all others. Only surely different ones are named: the more segments are "
    "compared, the smaller p has to be, so that chance alone seldom names one (the method of Holm).",
    "unit": "What is counted: a user, or another entity of the project, such as an account.",
}


@dataclass(frozen=True, slots=True)
class Read:
    """A part of a card: what it shows here and now, and what it means."""

    part: str
    shows: str
    means: str


@dataclass(frozen=True, slots=True)
class Example:
    """A card of this project taken apart; ``interval`` is the paragraph on why there is one."""

    feature: Feature
    figure: Figure
    parts: tuple[Read, ...]
    interval: str


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the lesson: what to do and why; a file to write, or a command to run and what its answer holds.

    ``page`` is the address of a page to look at, ``chosen`` the part after its question mark, ``link`` what leads there.
    """

    title: str
    text: str
    file: str = ""
    content: str = ""
    command: tuple[str, ...] = ()
    says: str = ""
    fails: bool = False
    page: str = ""
    link: str = ""
    chosen: Mapping[str, str] = field(default_factory=dict)

    @property
    def line(self) -> str:
        """The command as it is typed."""
        return " ".join(("prodops", *self.command)) if self.command else ""


@dataclass(frozen=True, slots=True)
class Lesson:
    """How to add a metric to this project; ``text`` is the whole definition."""

    text: str
    steps: tuple[Step, ...]


def glossary() -> tuple[TypeDocs, ...]:
    """What every metric type says of itself, in the order of their names."""
    return tuple(type_docs(METRIC_TYPES[word]) for word in sorted(METRIC_TYPES))


def verdict_words() -> tuple[tuple[str, str], ...]:
    """Each verdict with its sign, and what it says."""
    return tuple((f"{SIGNS[state]} {NAMES[state]}", said) for state, said in VERDICTS.items())


def example(session: Session) -> Example | None:
    """The first feature whose adoption is a number, its card taken apart; None where there is none."""
    for feature in session.catalog.features.values():
        shown = figure(session, f"{feature.id}.adoption", "Adoption")
        if shown.point is not None and shown.interval_text:
            return Example(feature, shown, tuple(_parts(shown)), _interval(feature, shown))
    return None


def _parts(shown: Figure) -> Iterator[Read]:
    yield Read("The number", shown.text, "The whole window that is named below it, up to the last complete day.")
    yield Read("n of N", shown.counted_text, "The people behind it: those who used it, of the eligible ones who were there.")
    yield Read("Interval", shown.interval_text, "How far the number would wander if the same kind of people came again.")
    yield Read(
        "Change",
        shown.movement_text,
        "Against the window before, each person compared with themselves. Grey where the interval includes no change.",
    )
    yield Read("Window", shown.window_text, "The metric's own. How far back charts go never changes it.")
    if shown.receipt:
        yield Read(
            "Receipt", shown.receipt.definition, "Where the number comes from, to the line, with SQL that gives it again."
        )


def _interval(feature: Feature, shown: Figure) -> str:
    return (
        f"Everyone was counted: the adoption of {feature.name} in {shown.window_text} is {shown.text}, and nobody was left "
        "to ask. But nobody decides by the past. The question is what these people, and others like them, do next, and "
        "whether a number differs from the one before by more than chance. Who happened to be ill, on holiday or new in "
        f"these days is chance. The interval, {shown.interval_text}, says how far the number would wander if the same kind "
        "of people came again. The change has an interval of its own: where that includes none, it is “no clear change”."
    )


def lesson(catalog: Catalog) -> Lesson | None:
    """How to add a metric, with an event of this project; None where no feature has `used`."""
    feature = next((one for one in catalog.features.values() if one.used and one.used.events), None)
    if feature is None or feature.used is None or not feature.used.events:
        return None
    event = sorted(feature.used.events)[0]
    name = next(each for each in _names() if each not in catalog.metrics)
    text = _text(catalog, feature, event, name)
    file = f"{FOLDER}/{name}.yml"
    wrong = text.replace(f"event: {event}", f"event: {event}d")
    return Lesson(text, tuple(_steps(feature, name, file, (text, wrong), event)))


def _names() -> Iterator[str]:
    yield OUR_METRIC
    yield from (f"{OUR_METRIC}_{number}" for number in range(2, 1000))


def _text(catalog: Catalog, feature: Feature, event: str, name: str) -> str:
    values = {
        "description": f"How often {feature.name} is used",
        "type": "count",
        "event": event,
        "feature": feature.id,
        "status": "draft",
    }
    return "\n".join(["metrics:", *definition(name, values, 2)]) + "\n"


def _steps(feature: Feature, name: str, file: str, texts: tuple[str, str], event: str) -> Iterator[Step]:
    text, _ = texts
    yield Step(
        "Look whether it is there already",
        "The list of metrics finds it by any of its words. A question that has a number needs no second one.",
        page="metrics",
        link="The list of metrics",
    )
    yield Step(
        "Open a terminal",
        f"In the project's folder, the one that holds {FOLDER}/. Where a shell does not find `prodops`, write its whole "
        "path, such as `.venv/bin/prodops` after `make venv`.",
        command=("check",),
        says="No faults",
    )
    yield Step(
        "Write it down",
        f"Make this file, in that folder. It counts `{event}` of {feature.name} by week; a draft is on everyone's pages "
        "and in no verdict. (Any file there would do: one that has `metrics:` already takes the lines below it.)",
        file=file,
        content=text,
    )
    yield Step("Check it", "Every fault of every file is named in one run.", command=("check",), says="No faults")
    yield Step(
        "Ask for it",
        "No refresh is needed: definitions are read at every question.",
        command=("query", name),
        says=f"How often {feature.name} is used",
    )
    yield from _broken(texts, file, event)
    yield Step("Read what it means", "In words, with its points and its SQL.", command=("explain", name), says=event)
    yield from _seen(feature, name)
    yield Step(
        "Propose it",
        "Open a pull request with the file. Who owns the folder reviews it; a comment there says which numbers it moves.",
    )


def _broken(texts: tuple[str, str], file: str, event: str) -> Iterator[Step]:
    text, wrong = texts
    yield Step(
        "Break it once",
        "A letter too much in the name of the event, to see what a mistake looks like.",
        file=file,
        content=wrong,
    )
    yield Step(
        "Check it again",
        "The fault is named with its place, and with the name that was meant.",
        command=("check",),
        says=f"Did you mean `{event}`?",
        fails=True,
    )
    yield Step("Mend it", "Write the file as it was.", file=file, content=text)


def _seen(feature: Feature, name: str) -> Iterator[Step]:
    yield Step(
        "See it where everyone looks for it",
        f"The dashboard that is being served has it already. The list of metrics shows it, marked as a draft: `{name}`.",
        page="metrics",
        link="It in the list of metrics",
        chosen={"find": name},
    )
    yield Step(
        "See it in the report",
        f"At the end of the report of {feature.name}, under “More metrics of this feature”.",
        page="feature",
        link=f"The report of {feature.name}",
        chosen={"feature": feature.id},
    )
