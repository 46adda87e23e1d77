"""Words of other tools for keys, kinds and metric types of ours, so that what is known from there is understood here.

The words are those of definition files and query APIs: Mixpanel, Amplitude, PostHog, LookML, dbt with MetricFlow, Cube,
Lightdash, GrowthBook.
"""

from collections.abc import Iterable, Mapping

KEYS: Mapping[str, str] = {
    "type": "agg aggregation aggregate measure measures math kind unique measurement metric_type metricType type_params "
    "calculation_method data_type",
    "event": "event_name event_type events fact_table factTable conversion_event",
    "steps": "series events funnel",
    "property": "column math_property expr sql on_property event_property",
    "properties": "event_properties user_properties group_properties dimensions attributes fields",
    "filter": "filters conditions",
    "where": "condition expr sql sql_where expression",
    "formula": "expression expr equation",
    "inputs": "input_metrics variables",
    "numerator": "measure measures",
    "description": "friendly_name display_name label title name summary doc",
    "name": "friendly_name display_name label title",
    "question": "help_text",
    "higher_is_better": "bigger_is_better inverse increase_is_better",
    "grain": "granularity interval frequency time_grain time_granularity unit_of_time bucket",
    "grains": "granularities time_grains",
    "window": "conversion_window conversionWindowHours conversion_seconds rolling_window windowSettings trailing lookback "
    "funnel_window_days funnelWindowInterval funnel_window_interval period",
    "format": "value_format value_format_name number_format",
    "owner": "team owners",
    "feature": "group_label category",
    "aliases": "renamed_from previous_names synonyms",
    "entity": "userIdType userIdTypes user_id_type identity distinct_id",
    "start": "starting_event born_event base_event target_entity from_date dateStarted begin since",
    "return": "returning_event returning_entity return_event",
    "end": "to_date dateEnded until stop",
    "by": "deadline due due_date until",
    "from": "from_date since",
    "to": "to_date until",
    "offset": "offset_window shift",
    "same": "constant_properties holding_constant",
    "enum": "accepted_values allowed_values values options",
    "required": "not_null mandatory",
    "metric": "insight metric_id",
    "target": "objective goal target_value",
    "primary": "goal_metrics goalMetrics primary_metric success_metric",
    "guardrails": "guardrail_metrics guardrailMetrics",
    "variants": "variations arms groups weights",
    "exposure": "feature_flag feature_flag_key exposure_criteria",
    "effect": "mde minimum_detectable_effect",
    "exclusions": "test_account_filters filter_test_accounts filterTestAccounts",
    "timezone": "tz time_zone",
    "files": "file path paths glob",
    "delimiter": "separator sep",
    "columns": "mapping fields",
    "user": "user_id distinct_id",
    "id": "insert_id event_id",
    "time": "timestamp event_time time_dimension",
    "links": "urls docs url",
    "stage": "maturity",
    "launched": "launch_date released",
    "change_note": "changelog",
}
KINDS: Mapping[str, str] = {
    "metrics": "measures kpis indicators semantic_models",
    "events": "lexicon taxonomy tracking_plan actions",
    "segments": "cohorts audiences",
    "sources": "models tables datasources datasets cubes",
    "features": "explores flags feature_flags",
    "properties": "dimensions attributes fields event_properties",
    "goals": "objectives okrs targets",
    "experiments": "tests_ab ab_tests flags_experiments",
}
TYPES: Mapping[str, str] = {
    "count_distinct": "unique uniques unique_users dau wau mau distinct_count countd active_users",
    "count": "total totals event_count simple",
    "mean": "average avg",
    "percentile": "median quantile p90 p95",
    "funnel": "conversion conversion_rate funnels",
    "share": "proportion binomial percentage",
    "ratio": "rate divide",
    "cumulative": "running_total",
    "derived": "formula expression number",
    "retention": "retention_rate cohort",
}


def ours(word: str, known: Iterable[str], table: Mapping[str, str] = KEYS) -> tuple[str, ...]:
    """Those of the known words that other tools call by this one."""
    return tuple(each for each in known if word in table.get(each, "").split())
