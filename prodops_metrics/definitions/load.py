"""From a project folder to its catalog: every file is read, every fault is found, then everything or nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from prodops_metrics.definitions.catalog import Catalog
from prodops_metrics.definitions.collisions import check_attributes, check_tables
from prodops_metrics.definitions.events import given, read_taxonomy
from prodops_metrics.definitions.faults import Fault, Flaw
from prodops_metrics.definitions.features import Feature, Segment
from prodops_metrics.definitions.files import Contents, Files, contents_of, in_order, read_files
from prodops_metrics.definitions.metrics import Metrics
from prodops_metrics.definitions.model import MetricDefinition
from prodops_metrics.definitions.naming import LOOSE, check_ids
from prodops_metrics.definitions.part import Part
from prodops_metrics.definitions.places import Node
from prodops_metrics.definitions.project import USER, Project, lineage
from prodops_metrics.definitions.report import Report
from prodops_metrics.definitions.scope import Columns, Scope
from prodops_metrics.definitions.sources import LATER_KINDS, Source, attributes
from prodops_metrics.definitions.validation import Reader
from prodops_metrics.errors import DefinitionError

Kind = TypeVar("Kind")
Model = TypeVar("Model", bound=Part)


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a run over the files of a project found: every fault, and the catalog if there is none."""

    catalog: Catalog | None
    report: Report

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Every fault, in the order of the files."""
        return tuple(self.report.faults())


def inspect(
    project: Path, metric_models: Mapping[str, type[MetricDefinition]], contents: Contents | None = None
) -> Inspection:
    """Every definition under ``metric_defs/`` of a project folder, read and cross-checked.

    Args:
        project: The folder that holds ``metric_defs/``.
        metric_models: The model of each metric type by the word that stands under ``type:``.
        contents: The files to read instead of those on disk.
    """
    report = Report()
    files = read_files(in_order(contents) if contents is not None else contents_of(project), report)
    catalog = _Loader(files, report, metric_models).catalog(project)
    return Inspection(None if report.faults() else catalog, report)


def load(project: Path, metric_models: Mapping[str, type[MetricDefinition]], contents: Contents | None = None) -> Catalog:
    """The definitions of a project, cross-checked and frozen; the arguments are those of ``inspect``.

    Raises:
        DefinitionError: anything is wrong; ``faults`` holds every ``Fault``, in the order of the files.
    """
    found = inspect(project, metric_models, contents)
    if found.catalog is None:
        raise DefinitionError(found.faults)
    return found.catalog


class _Loader:
    """One run over the files; what later definitions may refer to grows in ``scope``."""

    def __init__(self, files: Files, report: Report, models: Mapping[str, type[MetricDefinition]]) -> None:
        self.files, self.kinds, self.report, self.models = files, files.kinds, report, models
        self.parents = _parents(files.project)
        self.scope = Scope(
            teams=frozenset(_section(files.project, "teams")),
            entities=tuple(self.parents),
            features=frozenset(self.kinds["features"]),
        )

    def catalog(self, root: Path) -> Catalog | None:
        self._check_ids()
        sources = {name: self._source(name, node) for name, node in self.kinds["sources"].items()}
        check_attributes(sources, self.kinds["sources"], self.parents, self.report)
        self.scope = replace(self.scope, attributes=self._attributes(sources))
        project = self._project()
        taxonomy = read_taxonomy(self.kinds["properties"], self.kinds["events"], self.reader)
        self.scope = replace(self.scope, events=taxonomy.names, properties=taxonomy.columns())
        features = self._read_all("features", Feature)
        segments = self._read_all("segments", Segment)
        metrics = Metrics(self.models, self.reader, features)
        own = metrics.own(self.kinds["metrics"])
        standard, absent = metrics.standard(self.kinds["standard"], self.kinds["features"])
        if project is None or taxonomy.common is None:
            return None
        return Catalog(
            root=root,
            hash=self.files.hash,
            project=project,
            sources=_frozen(sources),
            properties=_frozen(taxonomy.common),
            events=_frozen(taxonomy.events),
            features=_frozen(features),
            metrics=_frozen({**own, **standard}),
            segments=_frozen(segments),
            absent=_frozen(absent),
        )

    def _check_ids(self) -> None:
        for kind in ("events", "features", "metrics", "segments", "standard"):
            check_ids(kind, self.kinds[kind], self.report)
        check_ids("sources", self.kinds["sources"], self.report, pattern=LOOSE)
        entities = _section(self.files.project, "entities")
        check_ids("entities", entities, self.report)
        check_tables(entities, self.report)
        check_ids("exclusions", _section(self.files.project, "exclusions"), self.report)
        check_ids("teams", _section(self.files.project, "teams"), self.report, pattern=LOOSE)

    @property
    def reader(self) -> Reader:
        return Reader(self.scope, self.report)

    def _read_all(self, kind: str, model: type[Model]) -> dict[str, Model | None]:
        nodes = self.kinds[kind].items()
        return {name: self.reader.read(model, node, given(name, node)) for name, node in nodes}

    def _project(self) -> Project | None:
        node = self.files.project
        return self.reader.read(Project, node, {}) if node else None

    def _source(self, name: str, node: Node) -> Source | None:
        kind = node.child("kind")
        if kind is not None and kind.value in LATER_KINDS:
            self.report.add(kind.spot, Flaw("E114", f"sources of kind `{kind.value}` are not supported yet by this version"))
            return None
        return self.reader.read(Source, node, given(name, node))

    def _attributes(self, sources: Mapping[str, Source | None]) -> dict[str, Columns]:
        """What conditions on each entity may look at; None where a source is faulty, as its attributes are not known."""
        known = [source for source in sources.values() if source is not None]
        parents = {parent for parent in self.parents.values() if parent is not None}
        if len(known) < len(sources) or not parents <= set(self.parents):
            return dict.fromkeys(self.parents)
        return {
            entity: {name: each.column for name, each in attributes(lineage(entity, self.parents), known).items()}
            for entity in self.parents
        }


def _section(project: Node | None, key: str) -> dict[str, Node]:
    """A section of the project that is not read yet."""
    found = project.child(key) if project else None
    return found.entries if found else {}


def _parents(project: Node | None) -> dict[str, str | None]:
    """Each entity with its parent, read leniently: what is wrong with them is reported when the project is read."""
    entities = _section(project, "entities")
    parents = {name: node.child("parent") for name, node in entities.items()}
    found = {name: str(parent.value) if parent else None for name, parent in parents.items()}
    return found or dict.fromkeys(USER)


def _frozen(found: Mapping[str, Kind | None]) -> Mapping[str, Kind]:
    return MappingProxyType({name: each for name, each in found.items() if each is not None})
