"""``prodops owners``."""

from typing import Annotated

import typer

from prodops_metrics.cli import terminal
from prodops_metrics.cli.app import app, told
from prodops_metrics.metrics import load_catalog
from prodops_metrics.reports.owners import owners as owners_of


@app.command()
def owners(
    context: typer.Context,
    write: Annotated[bool, typer.Option("--write", help="Put it into the repository's CODEOWNERS file.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Only say whether that file is up to date.")] = False,
) -> None:
    """Show who reviews which definitions, as lines for a CODEOWNERS file.

    Each team reviews its own folder and the files that hold nothing of another; the `owner` of the project reviews
    project.yml, standard.yml and whatever is nobody's. Reviewers are the teams' `contact`: @org/team or an e-mail address.
    Lines of others in the file stay as they are. Exit codes: 0 done, or up to date; 1 --check found it out of date.
    """
    with told():
        found = owners_of(load_catalog(context.obj))
    if check:
        terminal.text(f"{found.file} is {'up to date' if found.current else 'out of date: run `prodops owners --write`'}.")
        raise typer.Exit(0 if found.current else 1)
    if write:
        found.file.write_text(found.text, encoding="utf-8")
        terminal.text(f"Written to {found.file}.")
    else:
        terminal.text(found.section.rstrip())
    for team in found.unnamed:
        typer.echo(
            f'{team} has no contact that a code host knows: add `contact: "@org/team"` to it in project.yml.', err=True
        )
