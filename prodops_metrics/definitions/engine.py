"""How much of the machine questions may take."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from prodops_metrics.definitions.checks.values import impossible_value
from prodops_metrics.definitions.faults import refusal
from prodops_metrics.definitions.fields import Duration
from prodops_metrics.definitions.part import Part

MEMORY = re.compile(r"(\d+(?:\.\d+)?)\s*(MB|GB)", re.IGNORECASE)
BYTES = {"MB": 10**6, "GB": 10**9}
LEAST = 100 * 10**6


def read_memory(text: str) -> str:
    """An amount of memory: ``4 GB``, ``800 MB``."""
    found = MEMORY.fullmatch(text.strip())
    if found is None or float(found[1]) * BYTES[found[2].upper()] < LEAST:
        raise refusal([impossible_value(f"`{text}` is no amount of memory", "Write `4 GB`, or `800 MB`; at least 100 MB.")])
    return f"{found[1]}{found[2].upper()}"


class Engine(Part):
    """What questions may take of the machine; whatever is left out, the machine decides."""

    threads: Annotated[int, Field(ge=1, le=512)] | None = None
    """How many threads count at a time; as many as there are cores unless it is said."""
    memory: Annotated[str, AfterValidator(read_memory)] | None = None
    """How much memory counting may take, such as `4 GB`; half of the machine's unless it is said."""
    timeout: Duration | None = None
    """After how long a question is given up, such as `2 minutes`; never unless it is said."""

    @property
    def seconds(self) -> float | None:
        """How long a question may take."""
        return None if self.timeout is None else self.timeout / timedelta(seconds=1)
