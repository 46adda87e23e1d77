"""Exports in object storage (``s3://bucket/prefix/**/*.parquet``), read through fsspec and s3fs.

Credentials and endpoint come from the environment alone, as AWS tools read them (``AWS_ACCESS_KEY_ID``,
``AWS_PROFILE``, ``AWS_ENDPOINT_URL``, …), and stand in no text that leaves this module. Objects are read in parts, each
tried again a few times; all parts have to be of one version of the object.
"""

import io
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from tempfile import mkdtemp
from typing import IO, Any, TypeVar

from prodops_metrics.errors import ExportError
from prodops_metrics.warehouse.storage import Facts

PART = 8 << 20
"""So many bytes are asked for at once."""
TRIES, FIRST_PAUSE = 5, 0.3
"""How often a part is asked for before it is given up, and how long to wait (seconds, doubled each time)."""
_LIMITS = {"retries": {"max_attempts": 0}, "connect_timeout": 10, "read_timeout": 60}
"""Seconds; here alone is decided what is tried again."""
SECRETS = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ACCESS_KEY_ID")
FINAL = (FileNotFoundError, PermissionError)
"""Answers that no second try makes better."""
Result = TypeVar("Result")


class ObjectStorage:
    """The objects that one scheme of fsspec leads to."""

    def __init__(self, scheme: str, extra: str) -> None:
        """``extra`` is what has to be installed with this package for the scheme."""
        self.scheme, self.extra = scheme, extra
        self._listed: dict[str, Facts] = {}

    @cached_property
    def _system(self) -> Any:  # noqa: ANN401  fsspec has no types
        try:
            import fsspec
            import s3fs  # noqa: F401  asked for now, so that its absence is told and not what fsspec makes of it
        except ImportError as missing:
            cure = f"pip install 'prodops-metrics[{self.extra}]'"
            raise ExportError(f"`{self.scheme}://` cannot be read without s3fs. Install it with: {cure}") from missing
        system = fsspec.filesystem(self.scheme, skip_instance_cache=True, use_listings_cache=False, config_kwargs=_LIMITS)
        system.retries = 1
        return system

    @cached_property
    def _faults(self) -> tuple[type[Exception], ...]:
        """What goes wrong on the way to an object: the network and the libraries each have exceptions of their own."""
        from aiohttp import ClientError as NetworkError
        from botocore.exceptions import BotoCoreError, ClientError

        return (OSError, TimeoutError, EOFError, BotoCoreError, ClientError, NetworkError)

    def find(self, root: Path, pattern: str) -> Iterator[str]:
        """The addresses of all objects that a pattern means: one, all below a prefix, or a glob."""
        bare = pattern.partition("://")[2]
        look = self._system.glob if "*" in bare else self._system.find
        try:
            found = self._tried(pattern, lambda: look(bare.rstrip("/"), detail=True))
        except FileNotFoundError:
            return
        except OSError as fault:
            raise ExportError(f"`{pattern}` cannot be listed: {fault}.") from None
        for name, info in sorted(found.items()):
            if info["type"] == "file":
                address = f"{self.scheme}://{name}"
                self._listed[address] = _facts(info)
                yield address

    def facts(self, address: str) -> Facts:
        """Size and ETag of an object: as it was listed just now, when asked for the first time."""
        listed = self._listed.pop(address, None)
        return listed or _facts(self._tried(address, lambda: self._system.info(address, refresh=True)))

    @contextmanager
    def open(self, address: str) -> Iterator[IO[bytes]]:
        """An object as a stream of its bytes."""
        yield io.BufferedReader(_Parts(self, address), PART)

    @contextmanager
    def fetched(self, address: str, scratch: Path) -> Iterator[Path]:
        """A copy of an object in ``scratch``, which is gone afterwards."""
        scratch.mkdir(parents=True, exist_ok=True)
        place = Path(mkdtemp(dir=scratch)) / address.rpartition("/")[2]
        try:
            with self.open(address) as reading, place.open("wb") as writing:
                while part := reading.read(PART):
                    writing.write(part)
            yield place
        finally:
            place.unlink(missing_ok=True)
            place.parent.rmdir()

    def part(self, address: str, start: int, end: int, version: str) -> bytes:
        """The bytes from ``start`` up to, not including, ``end``.

        Raises:
            OSError: they cannot be had, or the object is another one by now.
        """
        found = self._tried(address, lambda: self._part(address, start, end, version))
        if len(found) != end - start:
            raise OSError(f"{len(found)} bytes came instead of {end - start}; the object changed while it was being read")
        return found

    def _part(self, address: str, start: int, end: int, version: str) -> bytes:
        bucket, _, key = address.partition("://")[2].partition("/")
        same = {"IfMatch": f'"{version}"'} if version else {}
        answer = self._system.call_s3("get_object", Bucket=bucket, Key=key, Range=f"bytes={start}-{end - 1}", **same)
        return _whole(self._system, answer["Body"])

    def _tried(self, address: str, ask: Callable[[], Result]) -> Result:
        for attempt in range(TRIES):
            try:
                return ask()
            except FINAL as fault:
                raise type(fault)(_plain(fault)) from None
            except self._faults as fault:
                if _changed(fault):
                    raise OSError("the object changed while it was being read") from None
                if attempt + 1 == TRIES:
                    raise OSError(f"{_plain(fault)} (tried {TRIES} times)") from None
                time.sleep(FIRST_PAUSE * 2**attempt)
        raise OSError(f"{address} cannot be read")


class _Parts(io.RawIOBase):
    """An object, read in parts of one version."""

    def __init__(self, storage: ObjectStorage, address: str) -> None:
        self._storage, self._address, self._at = storage, address, 0
        self._facts = storage.facts(address)

    def readable(self) -> bool:
        """It can be read."""
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401  any buffer
        """Fills a buffer as far as the object goes."""
        end = min(self._at + len(buffer), self._facts.bytes)
        if end <= self._at:
            return 0
        part = self._storage.part(self._address, self._at, end, self._facts.version)
        buffer[: len(part)] = part
        self._at = end
        return len(part)


def _whole(system: Any, body: Any) -> bytes:  # noqa: ANN401  fsspec has no types
    """All bytes of an answer, whose connection is given back also where it breaks off."""
    from fsspec.asyn import sync

    return bytes(sync(system.loop, _read, body))


async def _read(body: Any) -> bytes:  # noqa: ANN401  botocore has no types
    async with body as stream:
        return bytes(await stream.read())


def _facts(info: dict[str, Any]) -> Facts:
    etag = str(info.get("ETag", "")).strip('"')
    return Facts(int(info["size"]), etag, lasting=bool(etag))


def _changed(fault: BaseException) -> bool:
    """Whether an object is no longer of the version that was asked for (412)."""
    known = (fault, fault.__cause__, fault.__context__)
    return any("PreconditionFailed" in repr(one) or "pre-condition" in str(one).lower() for one in known)


def _plain(fault: BaseException) -> str:
    """What went wrong, in one line that holds no credentials."""
    text = " ".join(str(fault).split()) or type(fault).__name__
    for name in SECRETS:
        if secret := os.environ.get(name):
            text = text.replace(secret, "***")
    return text
