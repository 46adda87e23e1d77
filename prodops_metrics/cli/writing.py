"""Files that commands write where a person says."""

from pathlib import Path

from prodops_metrics.errors import ProdopsError


def write(path: Path, content: bytes) -> None:
    """Writes a file, with the folders that it lies in.

    Raises:
        ProdopsError: it cannot be written; the text says why.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as fault:
        raise ProdopsError(f"{path} cannot be written: {fault.strerror}.") from fault
