"""How this command was called, so that a command that is proposed can be copied as it stands."""

import shlex
import sys
from pathlib import Path
from shutil import which

NAME = "prodops"


def called(project: Path) -> str:
    """The words before a subcommand: ``prodops``, ``.venv/bin/prodops --project my-product``."""
    folder = project.resolve()
    if folder == Path.cwd():
        return _program()
    near = folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder
    return f"{_program()} --project {shlex.quote(str(near))}"


def _program() -> str:
    """The command as it was typed, where a shell does not find it by its name alone."""
    typed = Path(sys.argv[0])
    found = which(NAME)
    if typed.name != NAME or (found and Path(found).samefile(typed)):
        return NAME
    return shlex.quote(sys.argv[0])
