"""``python -m benchmarks.peers NAME EXPORTS SCRATCH --first DAY --last DAY``: a JSON line a form, for ``benchmarks.run``."""

import argparse
import json
from datetime import date
from importlib import import_module
from pathlib import Path

from benchmarks.peers.asking import Span, Watch, say, timed


def main() -> None:
    """Prepares one peer and asks it everything."""
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    parser.add_argument("exports", type=Path)
    parser.add_argument("scratch", type=Path)
    parser.add_argument("--first", type=date.fromisoformat, required=True)
    parser.add_argument("--last", type=date.fromisoformat, required=True)
    parser.add_argument("--questions", default="")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--done", type=json.loads, default=[], help="forms that are not to be asked, as JSON")
    asked = parser.parse_args()
    peer, span = import_module(f"benchmarks.peers.{asked.name}").Engine(), Span(asked.first, asked.last)
    loaded = asked.scratch / "loaded"
    if not loaded.exists():
        watch = Watch()
        peer.prepare(asked.exports, asked.scratch, span)
        say({"peer": asked.name, "version": peer.version(), "prepared": watch.taken()[0]})
        loaded.touch()
    peer.open(asked.exports, asked.scratch, span)
    wanted = frozenset(filter(None, asked.questions.split(",")))
    for question, why in peer.cannot.items():
        if not wanted or question in wanted:
            say({"question": question, "form": "natural", "seconds": None, "cannot": why, "rows": []})
    for line in timed(peer, wanted, frozenset(map(tuple, asked.done)), asked.runs):
        say(line)


if __name__ == "__main__":
    main()
