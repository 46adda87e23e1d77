"""``prodops schema``."""

import json
from pathlib import Path
from typing import Annotated

import typer

from prodops_metrics.cli import terminal
from prodops_metrics.cli.app import app, told
from prodops_metrics.errors import ProdopsError
from prodops_metrics.metrics import METRIC_TYPES, inspect_project

HOME = Path(".schema", "metric_defs.json")


@app.command()
def schema(
    context: typer.Context,
    out: Annotated[Path | None, typer.Option(help=f"The file to write; {HOME} of the project if not given.")] = None,
    to_stdout: Annotated[bool, typer.Option("--print", help="Print it instead of writing a file.")] = False,
) -> None:
    """Write a JSON Schema of the definitions, with which editors complete keys and underline mistakes.

    Editors with a YAML language server read it where a file under metric_defs/ begins with this line:

    # yaml-language-server: $schema=../.schema/metric_defs.json

    The names of this project's events, features, metrics and properties are proposed too: run it again when there are new
    ones. Names are never underlined, `prodops check` looks them up. Exit codes: 0 written; 1 there is no project here.
    """
    from prodops_metrics.definitions.json_schema import json_schema

    with told():
        if not (context.obj / "metric_defs").is_dir():
            raise ProdopsError(f"There is no metric_defs/ in {context.obj}. `prodops init` starts a project.")
        found = inspect_project(context.obj)
        text = json.dumps(json_schema(METRIC_TYPES, found.catalog), indent=1, ensure_ascii=False) + "\n"
        if to_stdout:
            terminal.text(text.rstrip("\n"))
            return
        target = out or context.obj / HOME
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        terminal.text(f"Wrote {target}.")
        if found.catalog is None:
            terminal.text("Without names, as the definitions have faults: see `prodops check`.")
