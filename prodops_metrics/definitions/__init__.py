"""Definitions: the YAML that product managers write, as frozen objects that know their place in the files."""

from prodops_metrics.calendar import Grain
from prodops_metrics.definitions.advising import advice
from prodops_metrics.definitions.aims import Change, Days, Guardrail
from prodops_metrics.definitions.catalog import Catalog
from prodops_metrics.definitions.checks import Check
from prodops_metrics.definitions.checks.listing import CHECKS
from prodops_metrics.definitions.conditions import Condition
from prodops_metrics.definitions.dependents import Dependent
from prodops_metrics.definitions.examples import Expected, MetricTest
from prodops_metrics.definitions.experiments import Experiment, Exposure
from prodops_metrics.definitions.faults import Fault, Flaw, FlawedError, refusal
from prodops_metrics.definitions.features import Feature, Segment
from prodops_metrics.definitions.fields import (
    Amount,
    Day,
    Duration,
    EntityId,
    FeatureId,
    Frequency,
    MetricId,
    PropertyEntity,
    Share,
    TeamId,
)
from prodops_metrics.definitions.files import Contents, contents_of
from prodops_metrics.definitions.formula import Formula, check_formula
from prodops_metrics.definitions.git import Commit, branched_from, commits, contents_at
from prodops_metrics.definitions.goals import Goal, Pilot
from prodops_metrics.definitions.insights import Insight
from prodops_metrics.definitions.literals import PropertyType, Scalar
from prodops_metrics.definitions.load import Inspection, inspect, load
from prodops_metrics.definitions.meaning import SEMANTICS
from prodops_metrics.definitions.model import Deprecation, MetricDefinition
from prodops_metrics.definitions.numeric import NumericProperty, check_property
from prodops_metrics.definitions.part import GIVEN, Part
from prodops_metrics.definitions.places import NOWHERE, Place
from prodops_metrics.definitions.positions import EventMatch, EventPosition
from prodops_metrics.definitions.project import Entity, Exclusion, Project, Team
from prodops_metrics.definitions.records import Records
from prodops_metrics.definitions.sources import Constant, Extract, Source, TimeFormat
from prodops_metrics.definitions.taxonomy import Event, Property
from prodops_metrics.definitions.work import WorkItem

__all__ = [
    "CHECKS",
    "GIVEN",
    "NOWHERE",
    "SEMANTICS",
    "Amount",
    "Catalog",
    "Change",
    "Check",
    "Commit",
    "Condition",
    "Constant",
    "Contents",
    "Day",
    "Days",
    "Dependent",
    "Deprecation",
    "Duration",
    "Entity",
    "EntityId",
    "Event",
    "EventMatch",
    "EventPosition",
    "Exclusion",
    "Expected",
    "Experiment",
    "Exposure",
    "Extract",
    "Fault",
    "Feature",
    "FeatureId",
    "Flaw",
    "FlawedError",
    "Formula",
    "Frequency",
    "Goal",
    "Grain",
    "Guardrail",
    "Insight",
    "Inspection",
    "MetricDefinition",
    "MetricId",
    "MetricTest",
    "NumericProperty",
    "Part",
    "Pilot",
    "Place",
    "Project",
    "Property",
    "PropertyEntity",
    "PropertyType",
    "Records",
    "Scalar",
    "Segment",
    "Share",
    "Source",
    "Team",
    "TeamId",
    "TimeFormat",
    "WorkItem",
    "advice",
    "branched_from",
    "check_formula",
    "check_property",
    "commits",
    "contents_at",
    "contents_of",
    "inspect",
    "load",
    "refusal",
]
