"""``prodops explain``."""

from dataclasses import asdict
from textwrap import indent
from typing import TYPE_CHECKING, Annotated, Any

import typer

from prodops_metrics.cli import terminal
from prodops_metrics.cli.app import Json, app, told
from prodops_metrics.definitions import CHECKS, Check
from prodops_metrics.errors import DefinitionError, QueryError, UnknownIdError
from prodops_metrics.metrics import METRIC_TYPES
from prodops_metrics.reports.type_docs import TypeDocs, type_docs

if TYPE_CHECKING:
    from prodops_metrics.reports.explanation import Explanation

MARGIN = "    "


@app.command("explain")
def explain_command(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A metric such as search.adoption, a metric type, or a check such as E201.")],
    as_json: Json = False,
) -> None:
    """Say what a metric means, and show its definition, last 12 points, SQL and where its number comes from.

    `prodops explain E201` explains a check, `prodops explain funnel` a metric type, each with an example. A metric is
    explained without numbers while there is no snapshot. Exit codes: 0 explained; 1 nothing has this name, its feature
    cannot have it, or the definitions have faults.
    """
    with told(as_json=as_json):
        if name.upper() in CHECKS:
            check = CHECKS[name.upper()]
            terminal.json_values(_check_values(check)) if as_json else _check(check)
            return
        from prodops_metrics.reports.explanation import explain

        try:
            found = explain(context.obj, name)
        except (DefinitionError, UnknownIdError, QueryError):
            if name not in METRIC_TYPES:
                raise
            docs = type_docs(METRIC_TYPES[name])
            terminal.json_values(asdict(docs)) if as_json else _type(docs)
            return
        terminal.json_values(_values(found)) if as_json else _metric(found)


def _metric(found: "Explanation") -> None:
    terminal.text(f"{found.metric.id}: {' '.join(found.sentences)}")
    terminal.text(f"\n{found.written.place}, meaning {found.meaning}\n{indent(found.written.text, MARGIN)}\n")
    if found.answer is None:
        terminal.text(f"No numbers: {found.missing}")
        return
    from prodops_metrics.cli import printing

    printing.answered(found.answer)
    receipt = found.answer.receipt
    terminal.text(f"\n{receipt.sentence} Counted: {receipt.counted}.")
    terminal.text(f"The SQL of this number, for DuckDB on {receipt.snapshot_file}:\n{indent(receipt.sql, MARGIN)}")


def _values(found: "Explanation") -> dict[str, Any]:
    from prodops_metrics.reports.plain import answer_values

    return {
        "metric": found.metric.id,
        "sentences": list(found.sentences),
        "meaning": found.meaning,
        "definition": {"place": str(found.written.place), "text": found.written.text},
        "missing": found.missing,
        "answer": answer_values(found.answer) if found.answer else None,
    }


def _check(check: Check) -> None:
    stops = "advises and never blocks" if check.advice else "has to be mended before anything is computed"
    terminal.text(f"{check.code} {check.title}\n{check.group[:1].upper()}{check.group[1:]}; it {stops}.\n\n{check.why}")
    terminal.text(f"\nValid:\n{indent(check.valid, MARGIN)}\nInvalid, between « and »:\n{indent(check.invalid, MARGIN)}")


def _check_values(check: Check) -> dict[str, Any]:
    shown = ("code", "name", "group", "advice", "title", "why", "valid", "invalid")
    return {name: getattr(check, name) for name in shown}


def _type(docs: TypeDocs) -> None:
    terminal.text(f"type: {docs.word} - {docs.title}\n")
    for name in ("unit", "denominator", "source"):
        if text := getattr(docs, name):
            terminal.text(f"{name.capitalize()}: {text}")
    if docs.keys:
        terminal.text("\nIts keys, beside those of every metric:")
        for key, text in docs.keys:
            terminal.text(f"{MARGIN}{key}: {text}")
    if docs.example:
        terminal.text(f"\nExample, under `metrics:`\n{indent(docs.example, MARGIN)}")
