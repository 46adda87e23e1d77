"""The state of a page in its address: by id, defaults left out, Back and Forward followed.

A control is pulled from the address before it is drawn and pushed to it afterwards. A value in the address that this session
did not put there (a link, Back, Forward) wins over the control; otherwise the control wins.
"""

from collections.abc import Mapping, Sequence

import streamlit as st


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
    st.session_state[_pushed(name)] = value
    return value


def address(values: Mapping[str, str], defaults: Mapping[str, str]) -> dict[str, str]:
    """The part of another page's address after the question mark, defaults left out."""
    return {name: value for name, value in values.items() if value != defaults.get(name)}


def _pushed(name: str) -> str:
    return f"{name} in the address"
