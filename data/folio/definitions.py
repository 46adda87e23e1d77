"""The definitions of the sample for another deal: what follows from a feature's fate is written anew, all else stays."""

import re
from collections.abc import Sequence
from pathlib import Path

from folio.features import Dealt

FOLLOWS = re.compile(r"^    (?:stage|launched|eligible):.*\n", re.MULTILINE)


def write_definitions(source: Path, target: Path, features: Sequence[Dealt]) -> None:
    """Copies ``metric_defs`` with the stage, launch and eligibility that the fates of a deal ask for."""
    target.mkdir(parents=True, exist_ok=True)
    by_name = {dealt.id: dealt for dealt in features}
    for path in sorted(source.glob("*.yml")):
        text = path.read_text(encoding="utf-8")
        if path.stem in by_name:
            text = _dealt(text, by_name[path.stem])
        (target / path.name).write_text(text, encoding="utf-8", newline="\n")


def _dealt(text: str, dealt: Dealt) -> str:
    """The feature's own file: its three lines go, and come back after its owner as its fate says them."""
    said = [f"stage: {dealt.fate.stage}", f"launched: {dealt.fate.launched}"]
    if dealt.eligible != "{}":
        said.append(f"eligible: {dealt.eligible}")
    start = text.index(f"features:\n  {dealt.id}:\n")
    head, body = text[:start], FOLLOWS.sub("", text[start:])
    owner = re.compile(r"^(    owner: .*\n)", re.MULTILINE)
    return head + owner.sub(lambda found: found[1] + "".join(f"    {line}\n" for line in said), body, count=1)
