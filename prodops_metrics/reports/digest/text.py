"""A digest as Markdown, as an HTML file and as plain values."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from prodops_metrics.reports.dates import day
from prodops_metrics.reports.digest.model import TITLES, Change, Digest
from prodops_metrics.reports.printed import environment


def markdown(digest: Digest) -> str:
    """The digest as Markdown, for a message or a file."""
    return "\n".join(_lines(digest)).rstrip() + "\n"


def html(digest: Digest) -> str:
    """The digest as an HTML document of its own, that needs no network."""
    parts = [(title, digest.of(kind)) for kind, title in TITLES.items() if digest.of(kind)]
    template = environment().get_template("digest.html.jinja")
    return template.render(title=title_of(digest), basis=basis(digest), nothing=nothing(digest), parts=parts, digest=digest)


def digest_values(digest: Digest) -> dict[str, Any]:
    """The same as plain values, for ``--json``; dates are ISO days."""
    base, pinned = digest.base, digest.pinned
    return {
        "project": digest.project,
        "team": digest.team or None,
        "since": {"day": base.day.isoformat(), "snapshot": base.snapshot, "definitions": base.definitions},
        "now": {
            "data_through": pinned.data_through.isoformat(),
            "snapshot": pinned.snapshot,
            "definitions": pinned.definitions,
        },
        "changed": bool(digest.changes),
        "changes": [_values(one) for one in digest.changes],
        "looked_at": digest.looked_at,
        "notes": list(digest.notes),
    }


def _values(change: Change) -> dict[str, Any]:
    return {**asdict(change), "reasons": list(change.reasons), "features": list(change.features)}


def title_of(digest: Digest) -> str:
    """``Folio: what changed since 9 Nov 2026``."""
    whose = f"{digest.project}, {digest.team}" if digest.team else digest.project
    return f"{whose}: what changed since {day(digest.base.day)}"


def basis(digest: Digest) -> str:
    """What is held against what."""
    base, pinned = digest.base, digest.pinned
    now = f"Data through {day(pinned.data_through)}, snapshot {pinned.snapshot}, definitions {pinned.definitions}"
    then = f"; then {day(base.day)}, snapshot {base.snapshot}, definitions {base.definitions}" if base.kept else ""
    return f"{now}{then}."


def nothing(digest: Digest) -> str:
    """That nothing changed, with how much was looked at; empty where something did."""
    if digest.changes:
        return ""
    return f"Nothing changed: {digest.looked_at} are as they were, as far as can be said surely."


def _lines(digest: Digest) -> Iterator[str]:
    yield f"# {title_of(digest)}"
    yield ""
    yield basis(digest)
    yield ""
    if not digest.changes:
        yield nothing(digest)
        yield ""
    for kind, title in TITLES.items():
        if digest.of(kind):
            yield f"## {title}"
            yield ""
            for one in digest.of(kind):
                yield f"- **{one.name}**: {one.sentence}"
                yield from (f"  - {reason}" for reason in one.reasons)
            yield ""
    if digest.changes:
        yield f"Looked at: {digest.looked_at}. What is not named here did not change surely."
        yield ""
    yield from (f"_{note}_" for note in digest.notes)
