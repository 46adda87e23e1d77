"""Runs case files: ``python -m tests.conformance FILE…``.

One line per failing case, then a count per kind; the exit code is 1 if any case failed.
"""

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.conformance.running import cases_of, faults_of


def main(files: Sequence[str]) -> int:
    """Runs every case of the files and prints what became of them."""
    passed, failed = Counter[str](), Counter[str]()
    for file in files:
        for case in cases_of(Path(file)):
            faults = faults_of(case)
            (failed if faults else passed)[case.kind] += 1
            if faults:
                print(f"{case.id}: {'; '.join(faults)}", flush=True)  # noqa: T201
    for kind in sorted(passed | failed):
        print(f"{kind}: {passed[kind]} passed, {failed[kind]} failed")  # noqa: T201
    print(f"all: {passed.total()} passed, {failed.total()} failed")  # noqa: T201
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
