"""E1: the code host that the definitions live on."""

from prodops_metrics.definitions.checks.registry import check
from prodops_metrics.definitions.faults import Flaw


@check("E141")
def no_address(text: str) -> Flaw:
    """The address of the repository is none that a browser opens.

    The dashboard makes a link of it, by which a definition that somebody tried becomes a pull request.

    Valid:
        project:
          name: Example
          timezone: UTC
          entities: {user: {column: user_id, parent: account}, account: {column: account_id}}
          teams: {team-discovery: {name: Discovery}}
          repository: {url: "https://github.example/team/metrics"}

    Invalid:
        project:
          name: Example
          timezone: UTC
          entities: {user: {column: user_id, parent: account}, account: {column: account_id}}
          teams: {team-discovery: {name: Discovery}}
          repository: {url: «"git@github.example:team/metrics.git"»}
    """
    cure = "Write what the browser shows, such as `https://code.example/team/metrics`."
    return Flaw("E141", f"`{text}` is not the address of a repository", cure)


@check("E142")
def host_unknown(address: str) -> Flaw:
    """Nobody says which software runs the code host.

    Each opens a new file by a link of its own form. An address with `github`, `gitlab` or `gitea` in it tells by itself.

    Valid:
        project:
          name: Example
          timezone: UTC
          entities: {user: {column: user_id, parent: account}, account: {column: account_id}}
          teams: {team-discovery: {name: Discovery}}
          repository: {url: "https://code.example/team/metrics", host: gitlab}

    Invalid:
        project:
          name: Example
          timezone: UTC
          entities: {user: {column: user_id, parent: account}, account: {column: account_id}}
          teams: {team-discovery: {name: Discovery}}
          repository: {url: «"https://code.example/team/metrics"»}
    """
    return Flaw("E142", f"`{address}` does not tell which software runs there", "Add `host: github`, `gitlab` or `gitea`.")
