"""Which file a new definition goes into: where its feature's or team's others are, or a new file beside them."""

from collections import Counter
from collections.abc import Iterator, Mapping

from prodops_metrics.definitions.catalog import Catalog
from prodops_metrics.definitions.files import FOLDER, HOME, PACKAGED


def home(catalog: Catalog, kind: str, name: str, values: Mapping[str, object]) -> str:
    """The file, relative to the project, that a definition of this kind belongs into.

    With its feature; else, of an event, with the events whose names begin alike; else in the folder of its team, where the
    team has one; else where most others of its kind and team are. Where there is none, a file of its own name
    (features), or of its kind in the folder of its team.
    """
    feature = _feature(catalog, name, values)
    if feature in catalog.features and kind != "features":
        return catalog.features[feature].place.file
    if kind == "events" and (alike := _alike(catalog, name)):
        return alike
    folder, owner = FOLDER, values.get("owner")
    if owner and f"{FOLDER}/{owner}" in _folders(catalog):
        folder = f"{FOLDER}/{owner}"
    if kind == "features":
        return f"{folder}/{name}.yml"
    files = Counter(_files(catalog, kind, owner))
    near = [file for file, _ in files.most_common() if file.startswith(f"{folder}/")]
    return near[0] if near else f"{FOLDER}/{owner}/{kind}.yml" if owner else f"{folder}/{kind}.yml"


def _feature(catalog: Catalog, name: str, values: Mapping[str, object]) -> str:
    """The feature that a definition is about: the one it names, that of its metric, or one whose name it begins with."""
    metric = str(values.get("metric") or values.get("primary") or "")
    about = str(values.get("feature") or "") or metric.partition(".")[0]
    if metric in catalog.metrics:
        about = str(values.get("feature") or "") or catalog.metrics[metric].feature or ""
    if about:
        return about
    return next((feature for feature in catalog.features if name.startswith(f"{feature}_")), "")


def _alike(catalog: Catalog, name: str) -> str:
    """The file of the events that begin with the same word, which is not all there is in common with the whole project."""
    word = name.partition("_")[0]
    files = Counter(event.place.file for event in catalog.events.values() if event.id.partition("_")[0] == word)
    return files.most_common(1)[0][0] if files else ""


def _folders(catalog: Catalog) -> set[str]:
    tables = (catalog.events, catalog.features, catalog.metrics, catalog.segments)
    return {one.place.file.rpartition("/")[0] for table in tables for one in table.values()}


def _files(catalog: Catalog, kind: str, owner: object) -> Iterator[str]:
    """The file of each definition of a kind that stands with no feature, and belongs to this team if one is named."""
    taken = {PACKAGED, *HOME.values(), *(feature.place.file for feature in catalog.features.values())}
    for one in getattr(catalog, kind, {}).values():
        if getattr(one, "feature", None) or (owner and getattr(one, "owner", None) != owner):
            continue
        if one.place.file not in taken:
            yield one.place.file
