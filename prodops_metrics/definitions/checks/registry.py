"""The register of checks: code, name, and what the docstring of each says."""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from textwrap import dedent
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])

SECTION = re.compile(r"^(Valid|Invalid|Data):\n((?:(?: {4}.*)?\n?)+)", re.MULTILINE)
GROUPS = {
    "E0": "YAML itself",
    "E1": "shape",
    "E2": "references",
    "E3": "SQL conditions",
    "E4": "goals and experiments",
    "W5": "advice",
    "D6": "against the data",
}


@dataclass(frozen=True, slots=True)
class Check:
    """A check by its ``code`` (``E201``) and ``name`` (``unknown_event``).

    ``valid`` and ``invalid`` are files of a small project; ``invalid`` still has its marks. ``data`` is the export that
    checks against the data need, as CSV.
    """

    code: str
    name: str
    title: str
    why: str
    valid: str
    invalid: str
    function: Callable[..., Any]
    data: str = ""

    @property
    def group(self) -> str:
        """What checks of its group are about."""
        return GROUPS[self.code[:2]]

    @property
    def advice(self) -> bool:
        """Whether it only advises: what it finds never stops anybody."""
        return not self.code.startswith("E")


CHECKS: dict[str, Check] = {}


def check(code: str) -> Callable[[Function], Function]:
    """Registers a function as the check of this code; its docstring is read for the documentation."""

    def register(function: Function) -> Function:
        text = inspect.cleandoc(function.__doc__ or "")
        sections = {name: dedent(body).strip("\n") + "\n" for name, body in SECTION.findall(text + "\n")}
        sections = {name: body.replace("⇥", "\t") for name, body in sections.items()}
        title, _, why = SECTION.sub("", text + "\n").strip().partition("\n")
        name = getattr(function, "__name__", code)
        examples = (sections.get("Valid", ""), sections.get("Invalid", ""))
        found = Check(code, name, title, why.strip(), *examples, function, sections.get("Data", ""))
        if code in CHECKS:
            raise ValueError(f"{code} is both {CHECKS[code].name} and {name}")
        CHECKS[code] = found
        return function

    return register
