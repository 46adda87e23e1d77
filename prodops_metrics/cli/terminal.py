"""What every command writes to the terminal with; loads nothing that takes time."""

import json

from rich.console import Console

from prodops_metrics.errors import DefinitionError, ProdopsError

out = Console(highlight=False, soft_wrap=False, emoji=False)
err = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)


def text(value: str) -> None:
    """Plain text, as it is."""
    out.print(value, markup=False, soft_wrap=True)


def json_values(value: object) -> None:
    """One JSON document."""
    text(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


def error(fault: ProdopsError, *, as_json: bool) -> None:
    """An error on standard error; as JSON on standard output for machines."""
    if as_json:
        json_values({"error": {"kind": type(fault).__name__, "message": str(fault)}})
    err.print(str(fault), markup=False)
    if isinstance(fault, DefinitionError):
        count = len(fault.faults)
        err.print(f"\n{count} fault{'' if count == 1 else 's'} in the definitions.", markup=False)
