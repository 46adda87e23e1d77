"""Where exports lie, as sources say it: paths and addresses, which never hold credentials."""

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from prodops_metrics.definitions.checks.shape import credentials_in_address
from prodops_metrics.definitions.faults import refusal
from prodops_metrics.definitions.fields import one_or_many

SECRET = re.compile(
    r"""(?<=://)[^/@\s'"]*:[^/@\s'"]*(?=@)|(?<=(?i:signature)=)[^&\s'"]+|(?<=(?i:token)=)[^&\s'"]+|"""
    r"""(?<=(?i:secret)=)[^&\s'"]+|(?<=(?i:password)=)[^&\s'"]+"""
)
"""What stands before an ``@`` in an address with a colon in it, and the values of telling parameters."""


def concealed(text: str) -> str:
    """A text with stars in the place of every credential of an address in it."""
    return SECRET.sub(lambda found: "*" * len(found[0]), text)


def without_credentials(addresses: tuple[str, ...]) -> tuple[str, ...]:
    """The same addresses; those that hold credentials are refused."""
    wrong = [at for at, address in enumerate(addresses) if SECRET.search(address)]
    if wrong:
        raise refusal(credentials_in_address().under(*((at,) if len(addresses) > 1 else ())) for at in wrong)
    return addresses


Files = Annotated[tuple[str, ...], BeforeValidator(one_or_many), Field(min_length=1), AfterValidator(without_credentials)]
