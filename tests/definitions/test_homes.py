"""Which file a new definition goes into, and the link that opens one on a code host."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import ValidationError

from prodops_metrics.definitions.homes import home
from prodops_metrics.definitions.repository import Repository
from prodops_metrics.metrics import load_catalog


@pytest.mark.parametrize(
    ("kind", "name", "values", "file"),
    [
        ("metrics", "found", {"feature": "search"}, "metric_defs/search.yml"),
        ("metrics", "export_again", {}, "metric_defs/export.yml"),
        ("metrics", "hours", {"owner": "team-documents"}, "metric_defs/product.yml"),
        ("metrics", "hours", {"owner": "team-collaboration"}, "metric_defs/team-collaboration/metrics.yml"),
        ("metrics", "hours", {}, "metric_defs/product.yml"),
        ("events", "search_filtered", {}, "metric_defs/search.yml"),
        ("events", "template_shared", {}, "metric_defs/templates.yml"),
        ("events", "paid", {}, "metric_defs/product.yml"),
        ("features", "sharing", {"owner": "team-documents"}, "metric_defs/sharing.yml"),
        ("goals", "more", {"metric": "search.adoption"}, "metric_defs/search.yml"),
        ("goals", "more", {"metric": "active_users"}, "metric_defs/goals.yml"),
        ("experiments", "x", {"primary": "comments_written"}, "metric_defs/comments.yml"),
    ],
)
def test_a_definition_goes_where_its_feature_or_team_is(
    repository: Path, kind: str, name: str, values: dict[str, object], file: str
) -> None:
    assert home(load_catalog(repository), kind, name, values) == file


def test_a_new_file_is_opened_with_its_name_and_text() -> None:
    address, filled = Repository(url="https://github.example/a/b.git", folder="analytics").new_file(
        "metric_defs/x.yml", "a: 1\n"
    )
    assert filled
    assert address.startswith("https://github.example/a/b/new/main?")
    assert parse_qs(urlsplit(address).query) == {"filename": ["analytics/metric_defs/x.yml"], "value": ["a: 1\n"]}


def test_hosts_that_take_no_text_say_so() -> None:
    address, filled = Repository(url="https://gitlab.example/a/b", branch="dev/x").new_file("metric_defs/x.yml", "a: 1\n")
    assert (address, filled) == ("https://gitlab.example/a/b/-/new/dev%2Fx?file_name=metric_defs%2Fx.yml", False)
    other, filled = Repository(url="https://code.example/a/b", host="gitea").new_file("metric_defs/x.yml", "x" * 9000)
    assert (other, filled) == ("https://code.example/a/b/_new/main?filename=metric_defs%2Fx.yml", False)


@pytest.mark.parametrize(
    "url", ["git@github.example:a/b", "https://github.example", "https://code.example/a/b", "javascript:x"]
)
def test_an_address_that_makes_no_link_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        Repository(url=url)
