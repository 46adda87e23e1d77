"""From a project folder to its catalog: every file is read, every fault is found, then everything or nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from prodops_metrics.definitions.catalog import Catalog
from prodops_metrics.definitions.collisions import check_attributes, check_parents
from prodops_metrics.definitions.events import given, read_taxonomy, salvaged
from prodops_metrics.definitions.examples import MetricTest
from prodops_metrics.definitions.experiments import Experiment
from prodops_metrics.definitions.faults import Fault, FlawedError
from prodops_metrics.definitions.features import Feature, Segment
from prodops_metrics.definitions.files import KINDS, Contents, Files, contents_of, in_order, read_files
from prodops_metrics.definitions.goals import Goal
from prodops_metrics.definitions.insights import Insight
from prodops_metrics.definitions.lifecycle import Read, check_lifecycle
from prodops_metrics.definitions.metrics import Metrics
from prodops_metrics.definitions.model import MetricDefinition
from prodops_metrics.definitions.names import check_lookalikes, facts, metric_names, names
from prodops_metrics.definitions.naming import LOOSE, check_ids
from prodops_metrics.definitions.part import Part
from prodops_metrics.definitions.places import Node
from prodops_metrics.definitions.project import USER, Project, lineage
from prodops_metrics.definitions.records import Records, is_records, with_records
from prodops_metrics.definitions.report import Report
from prodops_metrics.definitions.scope import Columns, Scope
from prodops_metrics.definitions.sources import RECORD_KINDS, Source, attributes
from prodops_metrics.definitions.taxonomy import Event
from prodops_metrics.definitions.validation import Reader
from prodops_metrics.definitions.verdicts import Verdicts
from prodops_metrics.definitions.work import WorkItem
from prodops_metrics.errors import DefinitionError

Kind = TypeVar("Kind")
Model = TypeVar("Model", bound=Part)
Owned = TypeVar("Owned", Goal, Experiment)


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a run over the files of a project found: every fault, and the catalog if there is none.

    ``files`` has the nodes that the catalog was read from, which know the place of every key and value. ``partial`` holds
    what could be read although faults remain.
    """

    catalog: Catalog | None
    report: Report
    files: Files
    partial: Catalog

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
    return Inspection(None if report.faults() else catalog, report, files, catalog)


def load(project: Path, metric_models: Mapping[str, type[MetricDefinition]], contents: Contents | None = None) -> Catalog:
    """The definitions of a project, cross-checked and frozen; the arguments are those of ``inspect``.

    Raises:
        DefinitionError: anything is wrong; ``faults`` holds every ``Fault``, in the order of the files.
    """
    found = inspect(project, metric_models, contents)
    if found.catalog is None:
        raise DefinitionError(found.faults)
    return found.catalog


NAMED = tuple(kind for kind in (*KINDS, "standard") if kind not in {"sources", "properties"})
"""The kinds whose names are ids of ours; sources are called as anybody likes, and properties as in the exports."""

MODELS: Mapping[str, type[Part]] = {
    "sources": Source,
    "events": Event,
    "features": Feature,
    "segments": Segment,
    "goals": Goal,
    "experiments": Experiment,
    "tests": MetricTest,
    "work": WorkItem,
    "insights": Insight,
}


class _Loader:
    """One run over the files; what later definitions may refer to grows in ``scope``."""

    def __init__(self, files: Files, report: Report, models: Mapping[str, type[MetricDefinition]]) -> None:
        self.files, self.report, self.models = files, report, models
        self.kinds, self.release = with_records(files.kinds, _parents(files.project))
        self.parents = {**_parents(files.project), **({self.release.id: None} if self.release else {})}
        features = names(self.kinds["features"], report)
        metrics = names(self.kinds["metrics"], report)
        self.scope = Scope(
            teams=frozenset(_section(files.project, "teams")),
            entities=tuple(self.parents),
            parents=self.parents,
            features=features,
            metrics=metric_names(metrics, features, self.kinds["standard"]),
            unread=files.unread,
            no_project=files.no_project,
        )

    def catalog(self, root: Path) -> Catalog:
        """All that could be read; to be used only where nothing is wrong, or to look at the rest."""
        self._check_ids()
        sources = self._read_all("sources", Source)
        check_attributes(sources, self.kinds["sources"], self.parents, self.report)
        self.scope = replace(self.scope, attributes=self._attributes(sources))
        project = self._project()
        taxonomy = read_taxonomy(self.kinds["properties"], self.kinds["events"], self.reader)
        self.scope = replace(self.scope, events=taxonomy.names, properties=taxonomy.columns)
        features = self._read_all("features", Feature)
        segments = self._read_all("segments", Segment)
        metrics = Metrics(self.models, self.reader, features)
        own = metrics.own(self.kinds["metrics"])
        standard, absent = metrics.standard(self.kinds["standard"], self.kinds["features"])
        found = self._resolved({**own, **standard})
        check_lifecycle(Read(taxonomy.events, features, own, self.kinds), self.report)
        self.scope = replace(self.scope, absent=absent, facts={**metrics.facts, **facts(found)})
        self._read_again(metrics)
        goals = with_owners(self._read_all("goals", Goal), lambda goal: found.get(goal.metric))
        experiments = self._read_all("experiments", Experiment)
        verdicts = self._verdicts(features)
        return Catalog(
            root=root,
            hash=self.files.hash,
            project=project or Project(name="unknown", timezone="UTC"),
            sources=_frozen(sources),
            records=_frozen(self._read_all("records", Records)),
            properties=_frozen(taxonomy.common or {}),
            events=_frozen(taxonomy.events),
            features=_frozen(features),
            metrics=_frozen(found),
            segments=_frozen(segments),
            absent=_frozen(absent),
            names=MappingProxyType({"feature": self.scope.features, "metric": self.scope.metrics}),
            goals=_frozen(goals),
            experiments=_frozen(with_owners(experiments, lambda each: features.get(each.feature or ""))),
            tests=_frozen(self._read_all("tests", MetricTest)),
            work=_frozen(self._read_all("work", WorkItem)),
            insights=_frozen(self._read_all("insights", Insight)),
            verdicts=verdicts or Verdicts(),
        )

    def _resolved(self, metrics: Mapping[str, MetricDefinition | None]) -> dict[str, MetricDefinition | None]:
        """The metrics with what they say of each other; what does not fit is reported where it is said."""
        found = dict(metrics)
        for name, metric in metrics.items():
            try:
                found[name] = metric and metric.resolve(metrics)
            except FlawedError as error:
                node = self.kinds["metrics"].get(name) or self.kinds["standard"][name.rpartition(".")[2]]
                for flaw in error.flaws:
                    self.report.add_in(node, flaw)
        return found

    def _read_again(self, metrics: Metrics) -> None:
        """Looks at definitions under the id of another: two faults in one of them are two faults."""
        for kind, name, node in self.files.again:
            if kind == "metrics":
                metrics.own({name: node})
            elif kind in MODELS:
                model = Records if kind == "sources" and is_records(node) else MODELS[kind]
                self.reader.read(model, node, given(name, node))

    def _verdicts(self, features: Mapping[str, Feature | None]) -> Verdicts | None:
        """The rules of verdicts, and a look at what features change in them."""
        entries = self.files.kinds["verdicts"]
        if not entries:
            return None
        percent = {name: self._in_percent(node) for name, node in self.kinds["standard"].items()}
        self.scope = replace(self.scope, standard=percent)
        verdicts = self.reader.read(Verdicts, Node(dict(entries), next(iter(entries.values())).spot), {})
        if verdicts is None:
            return None
        for name, feature in features.items():
            for flaw in verdicts.flaws_of(feature, percent) if feature else ():
                self.report.add_in(self.kinds["features"][name], flaw)
        return verdicts

    def _in_percent(self, standard: Node) -> bool:
        """Whether a standard metric is read in percent, whatever the feature."""
        kind, written = standard.child("type"), standard.child("format")
        model = self.models.get(str(kind.value)) if kind else None
        return written.value == "percent" if written else model is not None and model.estimator == "share"

    def _check_ids(self) -> None:
        for kind in NAMED:
            check_ids(kind, self.files.kinds[kind], self.report)
            check_lookalikes(self.files.kinds[kind], self.report)
        check_ids("sources", self.files.kinds["sources"], self.report, pattern=LOOSE)
        entities = _section(self.files.project, "entities")
        check_ids("entities", entities, self.report)
        check_parents(entities, self.parents, self.report)
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
        project = self.reader.read(Project, node, {}) if node else None
        if project is None or self.release is None:
            return project
        return project.model_copy(update={"entities": {**project.entities, self.release.id: self.release}})

    def _attributes(self, sources: Mapping[str, Source | None]) -> dict[str, Columns]:
        """What conditions on each entity may look at; None where a source is so faulty that its attributes are not known."""
        if self.files.project is None or self.files.may_hold("sources"):
            return dict.fromkeys(self.parents)
        known = [source for source in sources.values() if source is not None]
        faulty = [self.kinds["sources"][name] for name, source in sources.items() if source is None]
        return {entity: self._columns_of(entity, known, faulty) for entity in self.parents}

    def _columns_of(self, entity: str, known: list[Source], faulty: list[Node]) -> Columns:
        line = lineage(entity, self.parents)
        if self.parents[line[-1]] not in {None, *line}:
            line = (*line, *(each for each in self.parents if each not in line))  # its parent is mistyped: any may be meant
        found = {name: each.column for name, each in attributes(line, known).items()}
        for node in faulty:
            kind, whose = node.child("kind"), node.child("entity")
            owner = str(whose.value) if whose else ""
            of_units = kind is None or kind.value not in {"events", *RECORD_KINDS}
            if of_units and (owner in line or owner not in self.parents):
                columns = salvaged(node)
                if columns is None:
                    return None
                found = {**columns, **found}
        return found


def with_owners(
    found: Mapping[str, Owned | None], of: Callable[[Owned], Feature | MetricDefinition | None]
) -> dict[str, Owned | None]:
    """Goals or experiments, those without an owner with that of what they are ``of``."""
    return {id_: each and _with_owner(each, of(each)) for id_, each in found.items()}


def _with_owner(found: Owned, parent: Feature | MetricDefinition | None) -> Owned:
    return found.model_copy(update={"owner": parent.owner}) if parent and found.owner is None else found


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
