"""Keys: checked before the models see them, and mended for the rest of the reading, so that one fault hides no other."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

from prodops_metrics.definitions.checks.shape import key_of_another, missing_key, unknown_key, unknown_word
from prodops_metrics.definitions.faults import Flaw
from prodops_metrics.definitions.foreign import TYPES, WRITTEN_OTHERWISE, ours
from prodops_metrics.definitions.literals import Plain
from prodops_metrics.definitions.nearest import nearest
from prodops_metrics.definitions.part import CONDITION_KEYS, GIVEN, Part
from prodops_metrics.definitions.places import Node, Spot
from prodops_metrics.definitions.positions import POSITION_KEYS, EventPosition

Model = TypeVar("Model", bound=Part)
Path = tuple[str | int, ...]
TYPE = "type"


@dataclass(frozen=True, slots=True)
class Mending:
    """What was wrong with the keys of a definition, each with where it stands.

    ``meant`` are the ways to keys that were written otherwise, so that they are not missing too; ``guessed`` those to
    mappings of which it is not known what they must have, as their type is not.
    """

    flaws: list[tuple[Spot, Flaw]] = field(default_factory=list)
    meant: set[Path] = field(default_factory=set)
    guessed: set[Path] = field(default_factory=set)

    def explains(self, flaw: Flaw) -> bool:
        """Whether a flaw of the mended definition only follows from what is reported already."""
        if flaw.code == "E102":
            return flaw.path in self.meant or flaw.path[:-1] in self.guessed
        return flaw.code == "E107" and flaw.path in self.meant


@cache
def shape(model: type[Part]) -> Mapping[str, Any]:
    """The keys of a model as YAML writes them, each with what may stand there."""
    found: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        if GIVEN in info.metadata:
            continue
        if name == "condition":
            found |= dict.fromkeys(CONDITION_KEYS, Any)
        else:
            found[info.alias or name] = info.annotation
    return found


def mended(node: Node, model: Any, mending: Mending, elsewhere: Mapping[str, str] | None = None, path: Path = ()) -> Node:  # noqa: ANN401
    """The node with keys that the model has, at any depth: mistyped ones by their right names, unknown ones left out.

    ``elsewhere`` says of keys unknown at the top whose they are.
    """
    if not isinstance(node.value, dict | list):
        return node
    if EventPosition in _options(model):
        return _position(node, mending, path)
    part, node = _part(model, node, mending, path)
    if part is not None:
        keys = shape(part)
        entries = renamed(node, keys, mending, elsewhere or {}, path)
        inner = {key: mended(child, keys.get(key, Any), mending, path=(*path, key)) for key, child in entries.items()}
        return replace(node, value=inner)
    children: dict[Any, Node] = dict(enumerate(node.value)) if isinstance(node.value, list) else {**node.entries}
    for step, child, inside in _inside(model, node):
        children[step] = mended(child, inside, mending, path=(*path, step))
    return replace(node, value=children if isinstance(node.value, dict) else list(children.values()))


def _position(node: Node, mending: Mending, path: Path) -> Node:
    """An event position, of which any mapping has the keys of one."""
    if isinstance(node.value, list):
        each = [_position(child, mending, (*path, index)) for index, child in enumerate(node.value)]
        return replace(node, value=each)
    entries = renamed(node, POSITION_KEYS, mending, {}, path) if node.entries else {}
    if "event" in entries:
        entries["event"] = _position(entries["event"], mending, (*path, "event"))
    return replace(node, value=entries) if entries else node


def renamed(
    node: Node, keys: Iterable[str], mending: Mending, elsewhere: Mapping[str, str], path: Path = ()
) -> dict[str, Node]:
    """The entries of a mapping under the keys that it can have; every other key is a flaw."""
    known = [*keys, *(elsewhere if path in mending.guessed else ())]
    found: dict[str, Node] = {}
    for key, child in node.entries.items():
        if key in known:
            found[key] = child
            continue
        near = ours(key, known) or nearest(key, known)
        flaw = unknown_key(key, known, near=near)
        if not near and key in elsewhere:
            flaw = key_of_another(key, elsewhere[key], known)
        mending.flaws.append((child.key or child.spot, flaw))
        mending.meant.update((*path, each) for each in near)
        foreign = bool(ours(key, known))
        free = [each for each in near if each not in node.entries and each not in found]
        if free and not (foreign and free[0] in WRITTEN_OTHERWISE):
            found[free[0]] = child
    return found


def _part(annotation: Any, node: Node, mending: Mending, path: Path) -> tuple[type[Part] | None, Node]:  # noqa: ANN401
    """The one model that a mapping is read as, none where it is open or no model is meant; and the node with its type."""
    options = list(_options(annotation))
    options += [inner for option in options for inner in _options(_item(option))]
    models = [option for option in options if isinstance(option, type) and issubclass(option, Part)]
    if not models or not isinstance(node.value, dict):
        return None, node
    if len(models) == 1:
        return models[0], node
    tagged = {str(tag): model for model in models for tag in _tags(model)}
    if tagged:
        return typed(node, tagged, mending, path)
    return max(models, key=lambda each: len(node.entries.keys() & shape(each).keys())), node


def typed(node: Node, models: Mapping[str, type[Model]], mending: Mending, path: Path = ()) -> tuple[type[Model], Node]:
    """The model of the type that a mapping states, and the mapping; if it states none, those that fit it best."""
    key = next((key for key in (TYPE, *node.entries) if key in node.entries and _means_type(key)), None)
    word = str(node.entries[key].value) if key else ""
    if word in models:
        return models[word], node
    near = ours(word, models, TYPES) or nearest(word, models)
    meant = max(near[:1] or models, key=lambda each: len(node.entries.keys() & shape(models[each]).keys()))
    if key is None:
        mending.flaws.append((node.named, missing_key(TYPE, models)))
        mending.guessed.add(path)
        return models[meant], replace(node, value={TYPE: Node(Plain(meant), node.spot), **node.entries})
    wrong = node.entries[key]
    mending.flaws.append((wrong.named, unknown_word(wrong.raw(), models, "metric type", near=near)))
    mending.guessed.add(path)
    return models[meant], replace(node, value={**node.entries, key: replace(wrong, value=Plain(meant))})


def _means_type(key: str) -> bool:
    return key == TYPE or bool(ours(key, [TYPE]) or nearest(key, [TYPE]))


def _item(option: Any) -> Any:  # noqa: ANN401
    """What stands in a list, for where one alone may stand in its place; nothing if it is none."""
    return get_args(option)[0] if get_origin(option) in {tuple, list} else None


def _tags(model: type[Part]) -> tuple[Any, ...]:
    info = model.model_fields.get(TYPE)
    return get_args(info.annotation) if info and get_origin(info.annotation) is Literal else ()


def _inside(annotation: Any, node: Node) -> Iterator[tuple[str | int, Node, Any]]:  # noqa: ANN401
    """The values of a list or of a mapping with free keys, each with what may stand there."""
    for option in _options(annotation):
        origin, arguments = get_origin(option), get_args(option)
        if isinstance(node.value, list) and origin in {tuple, list}:
            yield from ((index, child, arguments[0]) for index, child in enumerate(node.value))
        elif isinstance(node.value, dict) and isinstance(origin, type) and issubclass(origin, Mapping):
            yield from ((key, child, arguments[1]) for key, child in node.value.items())


def _options(annotation: Any) -> Iterator[Any]:  # noqa: ANN401
    """The members of a union, however deep; the type itself if it is none."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _options(get_args(annotation)[0])
    elif origin is not None and str(origin) in {"typing.Union", "<class 'types.UnionType'>"}:
        for option in get_args(annotation):
            yield from _options(option)
    else:
        yield annotation
