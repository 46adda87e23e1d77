"""Learn: how to read a report and add a metric, why there is an interval, and what the words mean."""

import streamlit as st

from prodops_metrics.definitions import Catalog
from prodops_metrics.pages import navigation, state
from prodops_metrics.pages.loading import session, told
from prodops_metrics.pages.parts import card, facts, quiet
from prodops_metrics.pages.prose import prose
from prodops_metrics.reports.learn import WORDS, Example, Lesson, Step, example, glossary, lesson, verdict_words
from prodops_metrics.reports.session import Session, pinned
from prodops_metrics.reports.type_docs import TypeDocs

TOPICS = {
    "reading": "Read a report",
    "adding": "Add a metric",
    "interval": "Why an interval",
    "verdicts": "Verdicts",
    "words": "Words",
    "types": "Metric types",
}
FIRST = "reading"
NO_EXAMPLE = "No feature has an adoption with an interval yet, so there is no example of your own to take apart."
KEPT = 4


def page() -> None:
    """Draws the page."""
    st.title("Learn", anchor=False)
    with told():
        topic = _topic()
        if topic == "verdicts":
            _pairs("What each verdict says. They are given once a week, and a change has to be said twice.", verdict_words())
        elif topic == "words":
            _pairs("The words of the pages.", tuple(WORDS.items()))
        elif topic == "types":
            _types()
        elif topic:
            _with_numbers(session(), topic)


def _topic() -> str | None:
    """The topic that the address names; None where there is none of that name, which is then said."""
    unknown = state.pull("topic", list(TOPICS), FIRST)
    st.segmented_control(
        "Topic", list(TOPICS), key="topic", format_func=TOPICS.__getitem__, required=True, label_visibility="collapsed"
    )
    if unknown is not None:
        st.warning(f"There is no topic `{unknown}` here. There are {', '.join(f'`{name}`' for name in TOPICS)}.")
        return None
    return state.push("topic", FIRST)


def _with_numbers(current: Session, topic: str) -> None:
    if topic == "adding":
        _adding(_lesson(current.catalog, current.version))
        return
    shown = _example(current, current.version)
    if shown is None:
        st.info(NO_EXAMPLE)
        return
    if topic == "interval":
        st.header("Why is there an interval, when everyone was counted?", anchor=False)
        prose(shown.interval)
        _how_wide()
        return
    _reading(current, shown)


@st.cache_resource(max_entries=KEPT, show_spinner="Counting …")
def _example(_session: Session, version: tuple[int, str]) -> Example | None:
    return example(_session)


@st.cache_resource(max_entries=KEPT, show_spinner=False)
def _lesson(_catalog: Catalog, version: tuple[int, str]) -> Lesson | None:
    return lesson(_catalog)


def _reading(current: Session, shown: Example) -> None:
    st.header(f"A card, taken apart: adoption of {shown.feature.name}", anchor=False)
    quiet(facts(pinned(current, 0)))
    grid = st.grid(2, min_column_width=330, gap="medium")
    with grid.cell(), st.container(border=True, gap="xsmall"):
        card(shown.figure)
    with grid.cell():
        for part in shown.parts:
            prose(f"**{part.part}** `{part.shows}`  \n{part.means}")
    st.header("The rest of a report, in the order of its questions", anchor=False)
    prose(
        "\n".join(
            (
                "1. **The verdict** at the top, with its reasons in sentences. Each has its receipt.",
                "2. **Four cards**: adoption, active users, activation, retention. Each keeps its own window.",
                "3. **Over time**: every point is the same quantity as the card, so the last complete point is the card.",
                "4. **Who found it, do they get it working, do they come back, where do they come from**: what is dashed or "
                "paler is not complete, and is in no comparison.",
                "5. **Who differs**: each segment against all others; only surely different ones are named.",
                "6. What cannot be computed is absent, with its reason. It is never 0.",
            )
        )
    )
    navigation.link("feature", f"Open the report of {shown.feature.name}", feature=shown.feature.id)
    navigation.link("differs", "Why does a number differ from another tool's?")


def _how_wide() -> None:
    prose(
        "\n".join(
            (
                "- **Four times as many people, half as wide.** Of 100 people a share of one half is 40 to 60 %; of 10,000 "
                "it is 49 to 51 %.",
                "- **People of one account are not independent.** Where accounts are declared, the interval is as wide as "
                "they make it: 400 accounts of 15 say less than 6,000 people would.",
                "- **A change is measured on the same people**, so its interval is often narrower than the two numbers make "
                "one think.",
                "- **By chance one interval of 95 % in twenty misses.** Verdicts therefore use wider ones, of 99 %.",
            )
        )
    )


def _adding(shown: Lesson | None) -> None:
    st.header("A metric of your own, in ten minutes", anchor=False)
    if shown is None:
        st.info("No feature has `used` yet. Declare an event and a feature first; `prodops new` asks for them.")
        return
    prose("No Python, and nothing to install beside `prodops`. Do it in a terminal, or see it drawn while you type.")
    navigation.link("new", "Try it on a page instead", definition=shown.text)
    for number, step in enumerate(shown.steps, 1):
        _step(number, step)


def _step(number: int, step: Step) -> None:
    with st.container(border=True, gap="xsmall", key=f"step {number}"):
        prose(f"**{number}. {step.title}**  \n{step.text}")
        if step.file:
            quiet(f"`{step.file}`")
            st.code(step.content, language="yaml")
        if step.command:
            st.code(step.line, language="bash")
            quiet(f"It says: {step.says if '`' in step.says else f'“{step.says}”'}")
        if step.page:
            navigation.link(step.page, step.link, **step.chosen)


def _pairs(lead: str, pairs: tuple[tuple[str, str], ...]) -> None:
    prose(lead)
    for word, said in pairs:
        prose(f"**{word}**  \n{said}")


def _types() -> None:
    prose("What each `type:` of a metric measures, of whom, and by which formula: as its own file says it.")
    for docs in glossary():
        _type(docs)


def _type(docs: TypeDocs) -> None:
    with st.expander(f"{docs.word}: {docs.title.partition(':')[0].rstrip('.')}"):
        prose(docs.title)
        for name in ("unit", "denominator", "source"):
            if said := getattr(docs, name):
                prose(f"**{name.capitalize()}**  \n{said}")
        if docs.example:
            prose("**Example**, under `metrics:`")
            st.code(docs.example, language="yaml")
        navigation.link("metrics", f"Metrics of type {docs.word}", type=docs.word)
