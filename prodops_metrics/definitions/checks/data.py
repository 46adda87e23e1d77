"""D6: definitions against the data of the snapshot in force. They advise; which of the two is wrong is for a person to say.

``Data:`` in an example is the export, as CSV.
"""

from collections.abc import Iterable, Mapping

from prodops_metrics.definitions.checks.registry import check
from prodops_metrics.definitions.faults import Flaw
from prodops_metrics.definitions.nearest import did_you_mean, listed


@check("D601")
def unplanned_event(name: str, rows: int, silent: Iterable[str]) -> Flaw:
    """An event comes that nobody declared.

    No metric can use it until it stands under `events:`. Often it is an event of another name: one that was renamed in the
    product, or mistyped there.

    Valid:
        sources:
          web: {kind: events, files: data/*.csv, columns: {id: event_id}, time: {timezone: UTC}}
        events:
          tour_started: {description: The tour began}

    Invalid:
        sources:
          «web»: {kind: events, files: data/*.csv, columns: {id: event_id}, time: {timezone: UTC}}

    Data:
        event_id,event,user_id,time
        1,tour_started,u1,2026-06-01T09:00
    """
    otherwise = f"Declare `{name}` under `events:`, or name it among the `aliases` of the event that it is."
    cure = did_you_mean(name, silent)
    cure = f"{cure} Then add `{name}` to its `aliases`." if cure else otherwise
    return Flaw("D601", f"the event `{name}` comes from here and is not declared ({_rows(rows)})", cure)


@check("D602")
def event_without_rows(name: str, unplanned: Iterable[str]) -> Flaw:
    """An event was declared and never came.

    Metrics of it are zero, which looks like a feature that nobody uses. An event that is not sent yet is a `draft`, one that
    no longer comes is `broken` or `deprecated`; neither is reported here.

    Valid:
        events:
          tour_started: {description: The tour began}

    Invalid:
        events:
          «tour_begun»: {description: The tour began}

    Data:
        event_id,event,user_id,time
        1,tour_started,u1,2026-06-01T09:00
    """
    otherwise = "Write `status: draft` until it is sent, or `deprecated` if it no longer is."
    cure = did_you_mean(name, unplanned)
    return Flaw("D602", f"no row of the data is a `{name}`", f"{cure} Add that name to `aliases`." if cure else otherwise)


@check("D603")
def not_of_its_type(name: str, kind: str, rows: tuple[int, int], example: str | None) -> Flaw:
    """Values are not of the type that is declared.

    Such a value is kept as it was written and counts nowhere: no filter finds it, no sum adds it.

    Valid:
        events:
          tour_started: {description: The tour began, properties: {step: string}}

    Invalid:
        events:
          tour_started: {description: The tour began, properties: {step: «number»}}

    Data:
        event_id,event,user_id,time,step
        1,tour_started,u1,2026-06-01T09:00,1
        2,tour_started,u1,2026-06-01T09:01,two
    """
    message = f"{_of(*rows)} of `{name}` are not of type {kind}, such as `{example}`"
    cure = "Declare the type that the values have, or have the product send what is declared."
    return Flaw("D603", message, cure, ("type",))


@check("D604")
def value_never_seen(name: str, index: int, value: object, others: Iterable[str]) -> Flaw:
    """A value was declared and never came.

    A filter on it finds nothing. It may be written another way in the data, which is case-sensitive.

    Valid:
        events:
          tour_started: {description: The tour began, properties: {device: {enum: [phone, desktop]}}}

    Invalid:
        events:
          tour_started: {description: The tour began, properties: {device: {enum: [phone, desktop, «tablet»]}}}

    Data:
        event_id,event,user_id,time,device
        1,tour_started,u1,2026-06-01T09:00,phone
        2,tour_started,u1,2026-06-01T09:00,desktop
    """
    cure = did_you_mean(str(value), others, otherwise="Take it out of `enum` if it no longer comes.")
    return Flaw("D604", f"no row has `{value}` as `{name}`", cure, ("enum", index))


@check("D605")
def value_outside_enum(name: str, found: Mapping[str, int], declared: Iterable[str]) -> Flaw:
    """Values come that are not among those declared.

    A breakdown shows them, and a filter cannot ask for them: it would be refused as a typing error.

    Valid:
        events:
          tour_started: {description: The tour began, properties: {device: {enum: [phone, desktop]}}}

    Invalid:
        events:
          tour_started: {description: The tour began, properties: {device: {«enum»: [phone]}}}

    Data:
        event_id,event,user_id,time,device
        1,tour_started,u1,2026-06-01T09:00,phone
        2,tour_started,u1,2026-06-01T09:00,desktop
    """
    values = listed((f"`{value}` ({_rows(rows)})" for value, rows in found.items()), most=5)
    cure = f"Add them to `enum`, which has: {listed(declared)}"
    return Flaw("D605", f"`{name}` also holds values that are not declared: {values}", cure, ("enum",))


@check("D606")
def never_filled(name: str, rows: int) -> Flaw:
    """A property was declared and is always empty.

    A filter on it finds nothing, and a breakdown by it shows `unknown` alone.

    Valid:
        events:
          tour_started: {description: The tour began, properties: {device: string}}

    Invalid:
        events:
          tour_started: {description: The tour began, properties: {device: string, «screen»: string}}

    Data:
        event_id,event,user_id,time,device
        1,tour_started,u1,2026-06-01T09:00,phone
    """
    cure = "Check how the export spells it; letters and case count. Otherwise have the product send it."
    return Flaw("D606", f"`{name}` is declared, and none of {_rows(rows)} has a value for it", cure, at_key=True)


@check("D607")
def required_but_missing(name: str, rows: tuple[int, int]) -> Flaw:
    """A required property is missing from some rows.

    Filters on it drop these rows, so that numbers by it do not add up to the whole.

    Valid:
        events:
          tour_started: {description: The tour began, properties: {device: string}}

    Invalid:
        events:
          tour_started: {description: The tour began, properties: {device: {type: string, required: «true»}}}

    Data:
        event_id,event,user_id,time,device
        1,tour_started,u1,2026-06-01T09:00,phone
        2,tour_started,u1,2026-06-01T09:00,
    """
    message = f"{_of(*rows)} have no `{name}`, which is declared as required"
    return Flaw("D607", message, "Have the product send it always, or take `required` away.", ("required",))


@check("D608")
def matches_nothing(what: str) -> Flaw:
    """A condition is fulfilled by nothing in the data.

    The number is zero or missing whatever happens in the product. Values are compared as they are written, case included.

    Valid:
        events:
          tour_started: {description: The tour began, properties: {device: string}}
        metrics:
          tours_on_phones: {description: Tours on phones, type: count, event: tour_started, filter: {device: phone}}

    Invalid:
        events:
          tour_started: {description: The tour began, properties: {device: string}}
        metrics:
          tours_on_phones: {description: Tours on phones, type: count, event: tour_started, «filter»: {device: Phone}}

    Data:
        event_id,event,user_id,time,device
        1,tour_started,u1,2026-06-01T09:00,phone
    """
    return Flaw("D608", f"no {what} fulfils this condition", "Look at how the values are written in the data.")


def _rows(rows: int) -> str:
    return "1 row" if rows == 1 else f"{rows:,} rows"


def _of(rows: int, every: int) -> str:
    return f"{rows:,} of {_rows(every)}"
