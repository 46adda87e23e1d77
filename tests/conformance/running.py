"""From a case of a file to what is wrong with the engine's answer; the kinds are the modules here that have a ``check``."""

import json
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from tempfile import TemporaryDirectory

from tests.conformance.case import Case

Check = Callable[[Case, Path], Iterator[str]]


@cache
def kinds() -> dict[str, Check]:
    """What checks each kind of case, by the name of its module."""
    folder = Path(__file__).parent
    names = [found.name for found in iter_modules([str(folder)]) if not found.name.startswith("_")]
    modules = {name: import_module(f"tests.conformance.{name}") for name in names}
    return {name: module.check for name, module in modules.items() if hasattr(module, "check")}


def cases_of(file: Path) -> list[Case]:
    """The cases of one file."""
    found = json.loads(file.read_text(encoding="utf-8"))
    return [Case(one) for one in (found if isinstance(found, list) else found["cases"])]


def faults_of(case: Case) -> list[str]:
    """In how many ways the engine's answer differs from what the case expects; a crash is one too."""
    check = kinds().get(case.kind)
    if check is None:
        return [f"no module of tests/conformance checks the kind `{case.kind}`"]
    with TemporaryDirectory() as folder:
        try:
            return list(check(case, Path(folder)))
        except Exception as error:  # noqa: BLE001  whatever it is, it is this case's fault and the others still run
            return [f"{type(error).__name__}: {' '.join(str(error).split())[:400]}"]
