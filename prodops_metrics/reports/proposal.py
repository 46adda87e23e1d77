"""A definition that was tried, on its way to be everyone's: which file it becomes, and where that is opened."""

from dataclasses import dataclass

from prodops_metrics.definitions import Catalog
from prodops_metrics.definitions.files import FOLDER
from prodops_metrics.reports.trial import Trial

NAMES = {"github": "GitHub", "gitlab": "GitLab", "gitea": "the code host"}


@dataclass(frozen=True, slots=True)
class Proposal:
    """The new ``file`` of the project, the ``address`` that opens it on the code host, and what a person does there."""

    file: str
    address: str
    label: str
    sentence: str


def proposal(catalog: Catalog, found: Trial) -> Proposal:
    """Where a tried text goes: a file of its own, in the folder of the team that it belongs to."""
    folder = f"{FOLDER}/{found.owner}" if found.owner else FOLDER
    file = f"{folder}/{found.ids[0]}.yml"
    repository = catalog.project.repository
    if repository is None:
        said = (
            f"Save it as `{file}` in the project and open a pull request. With `repository: {{url: ...}}` in "
            "`project.yml`, a button here opens it as one."
        )
        return Proposal(file, "", "", said)
    address, filled = repository.new_file(file, found.text)
    host = NAMES[repository.software or "gitea"]
    said = f"{host} opens a new file `{repository.path(file)}`"
    said += (
        ", filled in; its button there makes a pull request of it." if filled else "; paste the text, then commit it there."
    )
    return Proposal(file, address, f"Open as a pull request on {host}", said)
