"""Did you mean ...? The names that look like a mistyped one, and names and values in messages."""

from collections.abc import Iterable
from difflib import SequenceMatcher

SHORT = 5


def nearest(word: str, candidates: Iterable[str], *, count: int = 3) -> tuple[str, ...]:
    """Up to ``count`` candidates at similarity 0.8 or more (0.7 for words of five letters or fewer), best first."""
    least = 0.7 if len(word) <= SHORT else 0.8
    matcher = SequenceMatcher(b=word.lower())
    scored = []
    for candidate in dict.fromkeys(candidates):
        matcher.set_seq1(candidate.lower())
        if matcher.real_quick_ratio() >= least and matcher.quick_ratio() >= least and matcher.ratio() >= least:
            scored.append((-matcher.ratio(), candidate))
    return tuple(candidate for _, candidate in sorted(scored)[:count])


def did_you_mean(word: str, candidates: Iterable[str], *, otherwise: str | None = None) -> str | None:
    """The cure for a mistyped name, or ``otherwise`` where nothing looks like it."""
    return meaning(nearest(word, candidates)) or otherwise


def meaning(names: Iterable[str]) -> str | None:
    """The question whether one of these was meant; nothing where there are none."""
    found = " or ".join(f"`{name}`" for name in names)
    return f"Did you mean {found}?" if found else None


def listed(names: Iterable[str], *, most: int = 24) -> str:
    """Names for a message: ``a, b, c``, cut where there are too many to read."""
    every = list(names)
    return ", ".join(every[:most]) + (f" and {len(every) - most} more" if len(every) > most else "")


def shown(raw: object) -> str:
    """A raw value for a message: its text, or what kind of thing stands there instead."""
    if isinstance(raw, dict | list):
        kind = "mapping" if isinstance(raw, dict) else "list"
        return f"a {kind}" if raw else f"an empty {kind}"
    return "nothing" if raw is None else f"`{raw}`"
