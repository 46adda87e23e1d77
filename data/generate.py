"""Makes the sample product: ``python data/generate.py`` writes ``data/exports`` and ``data/truth.json``.

The same seed gives the same bytes, whatever the clock, the locale, the hash seed or the version of Python.
(Only a Python that is built with another zlib packs the same text into other bytes.)

``python data/generate.py --seed 7 --shuffle OUT`` makes a whole project in ``OUT``, in which the fates are dealt to other
features: exports and truth under ``OUT/data``, and the definitions that go with them.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path

from folio.activity import simulate
from folio.definitions import write_definitions
from folio.exports import make_files, write_events
from folio.features import DEAL, dealt, shuffled
from folio.lists import write_identities, write_releases, write_surveys, write_units
from folio.people import make_accounts, make_users
from folio.releases import make_releases
from folio.truth import World, write_truth
from folio.visitors import make_visitors

HERE = Path(__file__).parent


def generate(target: Path, seed: int = 1, deal: Mapping[str, str] = DEAL) -> None:
    """Writes ``exports/`` and ``truth.json`` into ``target``; files of the same name are replaced."""
    features = dealt(deal)
    accounts = make_accounts(seed)
    users = make_users(seed, accounts)
    visitors, releases = make_visitors(seed, users), make_releases(seed, features)
    files = make_files(seed, simulate(seed, users, features, visitors), releases)
    exports = target / "exports"
    write_events(exports / "events", files)
    write_units(exports, accounts, users, next(each.id for each in features if each.fate.invited))
    write_releases(exports, releases)
    write_identities(exports, visitors)
    write_surveys(exports, seed, files)
    write_truth(target / "truth.json", World(features, accounts, users, visitors, releases, files))


def generate_project(target: Path, seed: int) -> None:
    """Writes a whole project with another deal of the fates: ``metric_defs/``, ``data/exports/``, ``data/truth.json``."""
    deal = shuffled(seed)
    generate(target / "data", seed, deal)
    write_definitions(HERE.parent / "metric_defs", target / "metric_defs", dealt(deal))


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description="Makes the sample product.")
    parser.add_argument("--seed", type=int, default=1, help="another seed makes another history")
    parser.add_argument("--shuffle", type=Path, metavar="OUT", help="deal the fates anew, into a project of its own")
    given = parser.parse_args()
    if given.shuffle:
        generate_project(given.shuffle, given.seed)
    else:
        generate(HERE, given.seed)


if __name__ == "__main__":
    main()
