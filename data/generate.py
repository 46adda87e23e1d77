"""Makes the sample product: ``python data/generate.py`` writes ``data/exports`` and ``data/truth.json``.

The same seed gives the same bytes, whatever the clock, the locale, the hash seed or the version of Python.
(Only a Python that is built with another zlib packs the same text into other bytes.)
"""

from pathlib import Path

from folio.activity import simulate
from folio.exports import make_files, write_events, write_units
from folio.people import make_accounts, make_users
from folio.truth import write_truth


def generate(target: Path, seed: int = 1) -> None:
    """Writes ``exports/`` and ``truth.json`` into ``target``; files of the same name are replaced."""
    accounts = make_accounts(seed)
    users = make_users(seed, accounts)
    files = make_files(seed, simulate(seed, users))
    write_events(target / "exports" / "events", files)
    write_units(target / "exports", accounts, users)
    write_truth(target / "truth.json", accounts, users, files)


if __name__ == "__main__":
    generate(Path(__file__).parent)
