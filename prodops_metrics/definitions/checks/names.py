"""E2: names that collide with each other."""

from prodops_metrics.definitions.checks.registry import check
from prodops_metrics.definitions.faults import Flaw
from prodops_metrics.definitions.places import Place


@check("E209")
def two_types(name: str, kind: str, first: str, place: Place, *, entity: str = "") -> Flaw:
    """One property has two types.

    A property is one column, whatever the event, so that segments and filters mean the same everywhere.

    Valid:
        # metric_defs/weekly.yml
        events:
          page_left: {properties: {rank: integer}}

    Invalid:
        # metric_defs/weekly.yml
        events:
          page_left: {properties: {«results»: string}}
    """
    cure = "A property has one type in all events; rename one or agree on the type."
    if entity:
        cure = f"An attribute of `{entity}` has one type in all sources; rename one or agree on the type."
    return Flaw("E209", f"`{name}` is {kind} here and {first} at {place}", cure)


@check("E210")
def alias_taken(alias: str, owner: str) -> Flaw:
    """A name is claimed by two events.

    A row of an export has one name, and it must be clear which event it is.

    Valid:
        # metric_defs/weekly.yml
        events:
          search_sent: {aliases: [search_send]}

    Invalid:
        # metric_defs/weekly.yml
        events:
          search_sent: {aliases: [search_send, «Search Submitted»]}
    """
    return Flaw("E210", f"`{alias}` is already a name of `{owner}`", "A name in an export can mean one event only.")


@check("E213")
def own_parent(entity: str) -> Flaw:
    """An entity is its own parent, directly or by way of others.

    Users sit in accounts; if accounts sat in users too, nobody could say who sits in whom.

    Valid:
        project:
          name: Example
          timezone: UTC
          entities: {user: {column: user_id, parent: account}, account: {column: account_id}}
          teams: {team-discovery: {name: Discovery}}

    Invalid:
        project:
          name: Example
          timezone: UTC
          entities: {user: {column: user_id, parent: «account»}, account: {column: account_id, parent: user}}
          teams: {team-discovery: {name: Discovery}}
    """
    return Flaw("E213", f"`{entity}` is its own parent, directly or by way of others", "A parent is what units sit in.")


@check("E214")
def differs_in_case(name: str, other: str, place: Place) -> Flaw:
    """Two properties differ in their case only.

    The columns of the warehouse know no case: both would be one.

    Valid:
        # metric_defs/weekly.yml
        events:
          page_left: {properties: {results: integer}}

    Invalid:
        # metric_defs/weekly.yml
        events:
          page_left: {properties: {«Results»: integer}}
    """
    message = f"`{name}` differs only in case from `{other}` at {place}"
    return Flaw("E214", message, "Columns know no case: write both alike, or rename one.")
