"""Every exception this package raises on purpose.

ProdopsError
├─ DefinitionError      a YAML file is wrong; ``faults`` lists every one found
├─ UnknownIdError       a name that nothing has; ``nearest`` holds the likeliest ones
├─ ExportError          an event export breaks its contract
├─ GitError             the definitions of another moment cannot be read
├─ WritingError         a definition cannot be added to a file without changing more of it
├─ WarehouseError       there is no snapshot, it cannot be read, or a refresh holds the lock
├─ QueryError           the question cannot be asked, or the engine refused it; ``sql`` holds the text
└─ NotEnoughDataError   the question is fair and the sample cannot answer it

UnwantedError            nobody waits for the answer any more: no fault, so it is no ProdopsError
"""

from collections.abc import Sequence


class ProdopsError(Exception):
    """The root: its text names the thing, the place and the cure, and is fit to be shown to a person."""


class DefinitionError(ProdopsError):
    """At least one definition is wrong; ``faults`` holds all of them, in the order of the files."""

    def __init__(self, faults: Sequence[object]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n\n".join(str(fault) for fault in self.faults))


class UnknownIdError(ProdopsError):
    """No definition of this kind has this id; ``nearest`` holds up to three that look like it."""

    def __init__(self, kind: str, name: str, nearest: Sequence[str] = ()) -> None:
        self.kind, self.name, self.nearest = kind, name, tuple(nearest)
        hint = f" Did you mean {' or '.join(f'`{near}`' for near in self.nearest)}?" if nearest else ""
        super().__init__(f"There is no {kind} `{name}`.{hint}")


class ExportError(ProdopsError):
    """An export breaks its contract as a whole: a file is missing, changed or cannot be read."""


class GitError(ProdopsError):
    """git is not there, the project is in no repository, or no branch, tag or commit has the name."""


class WritingError(ProdopsError):
    """A definition cannot be added to a file, or a file cannot be written."""


class WarehouseError(ProdopsError):
    """There is no snapshot yet, it cannot be read, or another refresh holds the lock."""


class QueryError(ProdopsError):
    """The question cannot be asked of this metric, or the engine refused it; ``sql`` holds the text if any."""

    def __init__(self, message: str, *, sql: str | None = None) -> None:
        self.sql = sql
        super().__init__(message)


class NotEnoughDataError(ProdopsError):
    """The question is fair, and the sample is too small or too uniform for an answer."""


class UnwantedError(Exception):
    """Whoever asked has left or asks for something else, so the question was given up.

    Nothing is wrong, and nobody reads what would be said: whoever puts an error in the place of a number lets this pass.
    """
