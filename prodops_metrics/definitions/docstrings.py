"""What the code says of models and their fields: the docstring of a class, and the text that stands below a field."""

import ast
import inspect
import re
from collections.abc import Mapping
from functools import cache
from itertools import pairwise

from pydantic import BaseModel

MARKUP = re.compile(r"``([^`]+)``")


def summary(model: type[BaseModel]) -> str:
    """The first paragraph of a model's docstring, as one line."""
    text = inspect.cleandoc(model.__doc__ or "")
    return plain(text.partition("\n\n")[0])


@cache
def field_docs(model: type[BaseModel]) -> Mapping[str, str]:
    """Of each field the text that stands below it in the class, or in the nearest base that says one."""
    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, BaseModel) and base is not BaseModel:
            found |= _below_fields(base)
    return found


def _below_fields(model: type[BaseModel]) -> dict[str, str]:
    body = _classes(inspect.getmodule(model)).get(model.__name__, [])
    return {name: text for field, below in pairwise(body) if (name := _field(field)) and (text := _text(below))}


@cache
def _classes(module: object) -> Mapping[str, list[ast.stmt]]:
    """The bodies of the classes of a module; none where its source is not at hand."""
    try:
        tree = ast.parse(inspect.getsource(module))  # type: ignore[arg-type]  # no module: TypeError
    except (OSError, TypeError):
        return {}
    return {node.name: node.body for node in tree.body if isinstance(node, ast.ClassDef)}


def _field(statement: ast.stmt) -> str:
    match statement:
        case ast.AnnAssign(target=ast.Name(id=name)):
            return name
    return ""


def _text(statement: ast.stmt) -> str:
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Constant):
        return ""
    return plain(inspect.cleandoc(str(statement.value.value)))


def plain(text: str) -> str:
    """Prose of a docstring as one line, with code in single backticks."""
    return MARKUP.sub(r"`\1`", " ".join(text.split()))
