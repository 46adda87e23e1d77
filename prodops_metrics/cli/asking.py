"""Questions at a terminal: a line each, choices by number or name, Enter to leave out."""

from collections.abc import Iterable, Sequence

import typer

from prodops_metrics.cli import terminal
from prodops_metrics.reports.drafting import Question
from prodops_metrics.reports.twins import EMPTY_WORDS

SHOWN = 9


def ask(question: Question, words: str = "") -> str:
    """The answer to a question; nothing where it was left out.

    Args:
        question: What is asked.
        words: What was said so far, by which the likeliest choices come first.
    """
    choices = question.choices if question.key == "type" else ranked(question.choices, words)
    _list(choices[:SHOWN])
    if len(choices) > SHOWN:
        terminal.text(f"  … {len(choices) - SHOWN} more; ? lists all.")
    while True:
        hint = "" if question.needed else " (Enter: leave out)"
        answer = typer.prompt(f"{question.words}{hint}", default="", show_default=False, prompt_suffix="\n> ").strip()
        if answer == "?" and choices:
            _list(choices)
        elif answer or not question.needed:
            return _chosen(answer, choices)
        else:
            terminal.text("  This cannot be left out; Ctrl+C ends without writing.")


def confirmed(words: str, *, otherwise: bool) -> bool:
    """A yes or a no; Enter is ``otherwise``."""
    return typer.confirm(words, default=otherwise)


def ranked(choices: Iterable[tuple[str, str]], words: str) -> list[tuple[str, str]]:
    """The choices, those first that share most words with what was said."""
    asked = {word[:5] for word in words.lower().replace("_", " ").split() if len(word) > 3 and word not in EMPTY_WORDS}
    return sorted(choices, key=lambda each: -sum(word in f"{each[0]} {each[1]}".lower() for word in asked))


def _list(choices: Sequence[tuple[str, str]]) -> None:
    width = max((len(name) for name, _ in choices), default=0)
    for number, (name, said) in enumerate(choices, 1):
        terminal.text(f"  {number:>2}  {name:<{width}}  {said}".rstrip())


def _chosen(answer: str, choices: Sequence[tuple[str, str]]) -> str:
    """The name behind a number; any other answer is as it stands."""
    if choices and answer.isdigit() and 1 <= int(answer) <= len(choices):
        return choices[int(answer) - 1][0]
    return answer
