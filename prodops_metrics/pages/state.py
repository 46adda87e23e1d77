"""The state of a page in its address: by id, defaults left out, Back and Forward followed.

A control is pulled from the address before it is drawn and pushed to it afterwards. A value in the address that this session
did not put there (a link, Back, Forward) wins over the control; otherwise the control wins. What was pushed last is
remembered, so that links to other pages can pass it on.
"""

from collections.abc import Iterable, Mapping, Sequence

import streamlit as st

CARRIED = "what links pass on"


def pull(name: str, options: Sequence[str], default: str) -> str | None:
    """Puts the address's value of ``name`` into the control's state; returns a value that is not among ``options``."""
    in_address = st.query_params.get(name, default)
    held = st.session_state.get(name)
    if in_address in options and (st.session_state.get(_pushed(name)) != in_address or held not in options):
        held = in_address
    # Said anew in every run: on another page the same name is another control, which would start without a value.
    st.session_state[name] = held if held in options else default
    return None if in_address in options else in_address


def push(name: str, default: str) -> str:
    """Writes the control's value to the address, or takes it out where it is the default; returns it."""
    value = str(st.session_state.get(name) or default)
    if value == default:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = value
    st.session_state[_pushed(name)], st.session_state[_usual(name)] = value, default
    _remember(name, [] if value == default else [value])
    return value


def pull_many(name: str, options: Sequence[str], default: Sequence[str] = ()) -> tuple[str, ...]:
    """The same for a control of several values, which stand in the address as repeated keys; returns the unknown ones."""
    in_address = st.query_params.get_all(name) or list(default)
    known = [value for value in in_address if value in options]
    held = st.session_state.get(name)
    if held is None or st.session_state.get(_pushed(name)) != in_address:
        held = known
    st.session_state[name] = [value for value in held if value in options]
    return tuple(value for value in in_address if value not in options)


def push_many(name: str, default: Sequence[str] = ()) -> tuple[str, ...]:
    """Writes the control's values to the address as repeated keys, or takes them out where they are the default."""
    values = list(st.session_state.get(name) or [])
    if values == list(default):
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = values
    st.session_state[_pushed(name)], st.session_state[_usual(name)] = values, list(default)
    _remember(name, [] if values == list(default) else values)
    return tuple(values)


def typed(name: str, label: str, placeholder: str, width: int) -> str:
    """A field for words that stand in the address as they are typed."""
    in_address = st.query_params.get(name, "")
    if st.session_state.get(_pushed(name)) != in_address:
        st.session_state[name] = in_address
    st.session_state.setdefault(name, in_address)
    st.text_input(label, key=name, placeholder=placeholder, width=width)
    return push(name, "")


def free(name: str) -> str:
    """What the address says of something that has no control of its own."""
    return str(st.query_params.get(name, ""))


def write(name: str, value: str) -> None:
    """Writes to the address what a button or another control stands for; nothing takes it out."""
    if value:
        st.query_params[name] = value
    else:
        st.query_params.pop(name, None)
    _remember(name, [value] if value else [])


def drop(*names: str) -> None:
    """Takes values out of the address that another control makes void."""
    for name in names:
        write(name, "")


def carried(names: Iterable[str]) -> dict[str, list[str]]:
    """What was chosen last of these controls, for the address of another page; defaults are left out."""
    chosen: Mapping[str, list[str]] = st.session_state.get(CARRIED, {})
    return {name: chosen[name] for name in names if chosen.get(name)}


def foreseen(names: Iterable[str]) -> dict[str, list[str]]:
    """What ``carried`` will say when the page has drawn its controls, as far as the address and the visitor's click tell."""
    found = {name: _foreseen(name) for name in names}
    return {name: values for name, values in found.items() if values}


def _foreseen(name: str) -> list[str]:
    asked, pushed = st.query_params.get_all(name), st.session_state.get(_pushed(name))
    if pushed is None:
        return asked
    usual = _values(st.session_state.get(_usual(name)))
    by_address = (asked or usual) != _values(pushed)
    value = asked if by_address else _values(st.session_state.get(name, pushed))
    return [] if value == usual else value


def _values(value: object) -> list[str]:
    """One value of a control, or several, as a list."""
    return [value] if isinstance(value, str) else list(value) if isinstance(value, Iterable) else []


def address(values: Mapping[str, str], defaults: Mapping[str, str]) -> dict[str, str]:
    """The part of another page's address after the question mark, defaults left out."""
    return {name: value for name, value in values.items() if value != defaults.get(name)}


def _remember(name: str, values: list[str]) -> None:
    st.session_state[CARRIED] = {**st.session_state.get(CARRIED, {}), name: values}


def _pushed(name: str) -> str:
    return f"{name} in the address"


def _usual(name: str) -> str:
    return f"{name} usually"
