"""Definitions: the YAML that product managers write, as frozen objects that know their place in the files."""

from prodops_metrics.calendar import Grain
from prodops_metrics.definitions.catalog import Catalog
from prodops_metrics.definitions.checks import CHECKS, Check
from prodops_metrics.definitions.conditions import Condition
from prodops_metrics.definitions.faults import Fault, Flaw, refusal
from prodops_metrics.definitions.features import Feature, Segment
from prodops_metrics.definitions.fields import Day, Duration, EntityId, FeatureId, Frequency, Share, TeamId
from prodops_metrics.definitions.files import Contents, contents_of
from prodops_metrics.definitions.literals import PropertyType, Scalar
from prodops_metrics.definitions.load import Inspection, inspect, load
from prodops_metrics.definitions.meaning import SEMANTICS
from prodops_metrics.definitions.model import Deprecation, MetricDefinition
from prodops_metrics.definitions.numeric import NumericProperty
from prodops_metrics.definitions.part import GIVEN, Part
from prodops_metrics.definitions.places import NOWHERE, Place
from prodops_metrics.definitions.positions import EventMatch, EventPosition
from prodops_metrics.definitions.project import Entity, Exclusion, Project, Team
from prodops_metrics.definitions.sources import Constant, Source, TimeFormat
from prodops_metrics.definitions.taxonomy import Event, Property

__all__ = [
    "CHECKS",
    "GIVEN",
    "NOWHERE",
    "SEMANTICS",
    "Catalog",
    "Check",
    "Condition",
    "Constant",
    "Contents",
    "Day",
    "Deprecation",
    "Duration",
    "Entity",
    "EntityId",
    "Event",
    "EventMatch",
    "EventPosition",
    "Exclusion",
    "Fault",
    "Feature",
    "FeatureId",
    "Flaw",
    "Frequency",
    "Grain",
    "Inspection",
    "MetricDefinition",
    "NumericProperty",
    "Part",
    "Place",
    "Project",
    "Property",
    "PropertyType",
    "Scalar",
    "Segment",
    "Share",
    "Source",
    "Team",
    "TeamId",
    "TimeFormat",
    "contents_of",
    "inspect",
    "load",
    "refusal",
]
