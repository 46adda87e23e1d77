"""``python -m benchmarks.peers NAME EXPORTS SCRATCH --first DAY --last DAY``: a JSON line a form, for ``benchmarks.run``."""

import argparse
import time
from datetime import date
from importlib import import_module
from pathlib import Path

from benchmarks.peers.asking import Span, say, timed


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
    asked = parser.parse_args()
    peer = import_module(f"benchmarks.peers.{asked.name}").Engine()
    began = time.perf_counter()
    peer.prepare(asked.exports, asked.scratch, Span(asked.first, asked.last))
    say({"peer": asked.name, "version": peer.version(), "prepared": time.perf_counter() - began})
    for line in timed(peer, frozenset(filter(None, asked.questions.split(","))), asked.runs):
        say(line)


if __name__ == "__main__":
    main()
