"""``prodops new``."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from prodops_metrics.cli import asking, terminal
from prodops_metrics.cli.app import Json, app, told
from prodops_metrics.cli.calling import called
from prodops_metrics.definitions import Catalog, Fault
from prodops_metrics.errors import DefinitionError, ProdopsError, WritingError
from prodops_metrics.metrics import load_catalog
from prodops_metrics.reports.drafting import (
    Draft,
    Drafted,
    Kind,
    drafted,
    faults_of,
    faults_of_id,
    proposed_id,
    questions,
    understood,
    written,
)
from prodops_metrics.reports.twins import Twin, named_alike, twins

NEXT = {
    "metric": "query {name}",
    "event": "new metric event={name}",
    "feature": "report {name}",
}


@app.command()
def new(
    context: typer.Context,
    kind: Annotated[Kind, typer.Argument(help="What to define.")],
    name: Annotated[str | None, typer.Argument(help="Its id; made from its description if not given.")] = None,
    values: Annotated[
        list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="Keys as in YAML, such as 'filter={results: 0}'.")
    ] = None,
    file: Annotated[
        str | None,
        typer.Option(help="The file under metric_defs/ that it goes into; that of its feature or team if not given."),
    ] = None,
    ask: Annotated[
        bool | None,
        typer.Option("--ask/--no-ask", help="Ask for what is not given; done at a terminal unless told otherwise."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be written; write nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Define a metric, event, feature, goal or experiment: asks, shows what is near, checks, writes one definition.

    Without questions: prodops new metric searches_without_results type=count event=search_submitted
    'filter={results: 0}' description='Searches that found nothing' feature=search

    Everything else in the file stays as it is, byte for byte. Exit codes: 0 written (or shown); 1 it has faults, or the
    project has, and nothing was written; 2 wrong use.
    """
    name, given = _sorted_out(name, values or [])
    with told(as_json=as_json):
        catalog = load_catalog(context.obj)
        draft = _given(Draft(kind, name or "", file=_in_folder(file)), given)
        asks = (sys.stdin.isatty() if ask is None else ask) and not as_json
        if asks:
            if draft.name and (wrong := faults_of_id(catalog, draft)):
                raise ProdopsError(wrong)
            draft = _asked(catalog, draft)
        _finish(catalog, draft, asks=asks, dry_run=dry_run, as_json=as_json)


def _sorted_out(name: str | None, values: list[str]) -> tuple[str | None, list[str]]:
    """An id may be left out before the first key."""
    if name is not None and "=" in name:
        return None, [name, *values]
    return name, values


def _given(draft: Draft, pairs: list[str]) -> Draft:
    parts = [pair.partition("=") for pair in pairs]
    for key, sign, _ in parts:
        if not sign:
            raise typer.BadParameter(f"`{key}` is no KEY=VALUE, such as event=search_submitted.")
    # The type first: it says what the others mean.
    for key, _, text in sorted(parts, key=lambda part: part[0] != "type"):
        draft = draft.having(key.strip(), understood(draft, key.strip(), text.strip()))
    return draft


def _in_folder(file: str | None) -> str | None:
    if file is None:
        return None
    path = Path(file)
    inside = path if path.parts[:1] == ("metric_defs",) else Path("metric_defs") / path
    if inside.suffix not in {".yml", ".yaml"} or ".." in inside.parts or path.is_absolute():
        raise typer.BadParameter(f"`{file}` is no YAML file under metric_defs/.")
    return inside.as_posix()


def _asked(catalog: Catalog, draft: Draft) -> Draft:
    """The draft with everything that was asked for; each answer is checked at once."""
    left_out: set[str] = set()
    seen = False
    while question := next((one for one in questions(catalog, draft) if one.key not in left_out), None):
        said = f"{draft.name} {draft.values.get('description', '')}"
        answer = asking.ask(question, said)
        if not answer:
            left_out.add(question.key)
            continue
        draft = _answered(catalog, draft, question.key, answer)
        if draft.kind == "metric" and not seen and "description" in draft.values:
            seen = True
            _show_near(catalog, draft)
        if not draft.name and "description" in draft.values:
            draft = _named(catalog, draft)
    return draft if draft.name else _named(catalog, draft)


def _answered(catalog: Catalog, draft: Draft, key: str, answer: str) -> Draft:
    """The draft with an answer, or as it was where the answer has a fault, which is shown."""
    try:
        more = draft.having(key, understood(draft, key, answer))
        found = drafted(catalog, more if more.name else _renamed(more, "unnamed"))
        faults = faults_of(found, more if more.name else _renamed(more, "unnamed"), key)
    except WritingError as error:
        terminal.text(f"  {error}")
        return draft
    for fault in faults:
        terminal.text(f"  {fault.message[:1].upper()}{fault.message[1:]}. {fault.cure or ''}".rstrip())
    return draft if faults else more


def _renamed(draft: Draft, name: str) -> Draft:
    return Draft(draft.kind, name, draft.values, draft.file)


def _named(catalog: Catalog, draft: Draft) -> Draft:
    """The draft under an id that it can have; one that it cannot have is asked for again."""
    said = str(draft.values.get("description") or draft.values.get("name") or "")
    proposal = proposed_id(said)
    words = "Its id, as other definitions and people will call it"
    while True:
        named = _renamed(draft, typer.prompt(words, default=proposal or None).strip())
        wrong = faults_of_id(catalog, named)
        if not wrong:
            return named
        terminal.text(f"  {wrong}")


def _show_near(catalog: Catalog, draft: Draft) -> None:
    """Metrics that exist and are said to tell the like; whoever meant one of them can stop."""
    near = named_alike(catalog, str(draft.values["description"]))
    if not near:
        return
    terminal.text("These exist already:")
    _print_twins(near)
    terminal.text(f"  If it is one of them, stop here with Ctrl+C and ask `{called(catalog.root)} query ID`.")


def _print_twins(near: tuple[Twin, ...]) -> None:
    width = max(len(twin.metric.id) for twin in near)
    for twin in near:
        terminal.text(f"  {twin.metric.id:<{width}}  {twin.metric.description}")


def _finish(catalog: Catalog, draft: Draft, *, asks: bool, dry_run: bool, as_json: bool) -> None:
    if not draft.name:
        raise ProdopsError(f"An id is needed, such as `prodops new {draft.kind} my_{draft.kind} ...`.")
    found = drafted(catalog, draft)
    if as_json:
        _to_json(catalog, draft, found, dry_run=dry_run)
    elif asks and _wrong(found):
        again = _asked_again(catalog, draft, found)
        if again == draft:  # no answer is at fault, so that asking again would never end
            raise DefinitionError(_wrong(found))
        _finish(catalog, again, asks=asks, dry_run=dry_run, as_json=as_json)
    else:
        _write(catalog, draft, found, asks=asks, dry_run=dry_run)


def _write(catalog: Catalog, draft: Draft, found: Drafted, *, asks: bool, dry_run: bool) -> None:
    if _wrong(found):
        raise DefinitionError(_wrong(found))
    _show(found, draft)
    if dry_run or (asks and not asking.confirmed("Write it?", otherwise=True)):
        terminal.text("Nothing was written.")
        return
    written(catalog.root, found)
    terminal.text(f"Written to {found.file}, line {found.line}.{_number(catalog, draft)} {_then(catalog, draft)}")


def _wrong(found: Drafted) -> tuple[Fault, ...]:
    """The faults of the definition, and those that it makes elsewhere; none that only advise."""
    return tuple(fault for fault in found.inspection.faults if not fault.advice)


def _asked_again(catalog: Catalog, draft: Draft, found: Drafted) -> Draft:
    """The draft without the answers that have a fault, asked for those and for what was left out."""
    wrong = [key for key in draft.values if faults_of(found, draft, key)]
    if not wrong and next(questions(catalog, draft), None) is None:
        return draft
    for fault in _wrong(found):
        terminal.text(f"\n{fault}")
    terminal.text("\nNot yet: please answer these again (Ctrl+C ends without writing).")
    for key in wrong:
        draft = draft.without(key)
    return _asked(catalog, draft)


def _number(catalog: Catalog, draft: Draft) -> str:
    """What a new metric says now, if there is a snapshot to ask."""
    from prodops_metrics.reports.figures import figure
    from prodops_metrics.reports.session import open_session

    if draft.kind != "metric":
        return ""
    try:
        shown = figure(open_session(catalog.root), draft.name, draft.name)
    except ProdopsError:
        return ""
    return f" Now: {shown.text} ({shown.window_text})."


def _near(catalog: Catalog, found: Drafted, draft: Draft) -> tuple[Twin, ...]:
    after = found.inspection.catalog
    if draft.kind != "metric" or after is None or draft.name not in after.metrics:
        return ()
    return twins(after, after.metrics[draft.name], catalog)


def _show(found: Drafted, draft: Draft) -> None:
    lines = found.text.split("\n")[found.line - 1 :]
    margin = len(lines[0]) - len(lines[0].lstrip())
    end = next((at for at, line in enumerate(lines[1:], 1) if not line.startswith(" " * (margin + 1))), len(lines))
    terminal.text(f"\n{found.file}:\n  {draft.kind}s:")
    terminal.text("\n".join(f"  {line}" for line in lines[:end]).rstrip() + "\n")
    for fault in found.faults:
        terminal.text(f"{fault.code} {fault.message}. {fault.cure or ''}".rstrip())


def _then(catalog: Catalog, draft: Draft) -> str:
    return f"Next: {called(catalog.root)} {NEXT.get(draft.kind, 'check').format(name=draft.name)}"


def _to_json(catalog: Catalog, draft: Draft, found: Drafted, *, dry_run: bool) -> None:
    wrong = _wrong(found)
    if not wrong and not dry_run:
        written(catalog.root, found)
    terminal.json_values(
        {
            "file": found.file,
            "line": found.line,
            "written": not wrong and not dry_run,
            "faults": [str(fault) for fault in (*wrong, *(one for one in found.faults if one.advice))],
            "near": [{"metric": one.metric.id, "same": one.same, "why": one.words} for one in _near(catalog, found, draft)],
        }
    )
    if wrong:
        raise typer.Exit(1)
