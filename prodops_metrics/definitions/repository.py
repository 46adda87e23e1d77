"""The code host that a project's definitions live on: where a browser opens a new file there."""

from typing import Annotated, Literal, Self
from urllib.parse import quote, urlencode, urlsplit

from pydantic import AfterValidator, Field, model_validator

from prodops_metrics.definitions.checks.repository import host_unknown, no_address
from prodops_metrics.definitions.faults import refusal
from prodops_metrics.definitions.part import Part

Host = Literal["github", "gitlab", "gitea"]
HOSTS: dict[str, Host] = {"github": "github", "gitlab": "gitlab", "gitea": "gitea", "codeberg": "gitea", "forgejo": "gitea"}
"""The words in an address that tell which software answers there."""
LONGEST = 7_000
"""Characters of an address that every browser and host takes."""


def read_address(text: str) -> str:
    """The address of a repository as a browser opens it."""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or not parts.path.strip("/"):
        raise refusal([no_address(text)])
    return text.rstrip("/").removesuffix(".git")


class Repository(Part):
    """The code host where definitions are reviewed."""

    url: Annotated[str, AfterValidator(read_address)]
    """Its address as a browser opens it."""
    branch: str = Field(default="main", min_length=1)
    """The branch that changes go to."""
    folder: str = ""
    """The folder of the repository that holds the project; its root if not given."""
    host: Host | None = None
    """Which software runs there; only needed where the address does not tell."""

    @model_validator(mode="after")
    def _host_known(self) -> Self:
        if self.software is None:
            raise refusal([host_unknown(self.url).under("url")])
        return self

    @property
    def software(self) -> Host | None:
        """Which software answers at the address."""
        name = urlsplit(self.url).hostname or ""
        return self.host or next((host for word, host in HOSTS.items() if word in name), None)

    def path(self, file: str) -> str:
        """A file of the project as the repository calls it."""
        return f"{self.folder.strip('/')}/{file}".lstrip("/")

    def new_file(self, file: str, text: str) -> tuple[str, bool]:
        """The address that opens a new file in a browser, and whether the file holds the text already.

        GitLab takes no text from an address, and no host takes one that is too long.
        """
        path, branch = self.path(file), quote(self.branch, safe="")
        if self.software == "gitlab":
            return f"{self.url}/-/new/{branch}?{urlencode({'file_name': path})}", False
        start = f"{self.url}/{'new' if self.software == 'github' else '_new'}/{branch}?"
        filled = start + urlencode({"filename": path, "value": text})
        return (filled, True) if len(filled) <= LONGEST else (start + urlencode({"filename": path}), False)
