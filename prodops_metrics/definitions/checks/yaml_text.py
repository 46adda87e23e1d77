"""E0: the text of a file, before anybody asks what it means.

In an example, ⇥ stands for a tab and � for a byte that is no UTF-8; a first line ``# metric_defs/…`` names its file.
"""

from prodops_metrics.definitions.checks.registry import check
from prodops_metrics.definitions.faults import Flaw
from prodops_metrics.definitions.places import Place

CURES = {
    "mapping values are not allowed": "Text that holds `: ` stands in quotes; otherwise check the indentation.",
    "undefined alias": "Text that starts with * stands in quotes.",
    "another document": "One file holds one document: remove the line `---`.",
    "control character": "Remove it; it may be invisible in your editor.",
    "cannot start any token": "Text that starts with a sign such as @, ` or % stands in quotes.",
    "block end": "Keys of one mapping start in the same column: check the indentation.",
    "expected key": "Keys of one mapping start in the same column: check the indentation.",
    "expected node content": "A bracket is opened and not closed, or a value is missing.",
    "expected ',' or": "A bracket is opened and not closed, or a comma is missing.",
    "scanning a quoted scalar": "A quote is opened and not closed; inside single quotes write '' for one.",
    "could not find expected ':'": "Every key is followed by `: `, on the same line.",
}
FIRST_LINES = "Write these three lines there:\n    project:\n      name: My product\n      timezone: Europe/Berlin"


@check("E001")
def invalid_yaml(problem: str) -> Flaw:
    """The file is no valid YAML.

    The definition that it stands in waits until it is mended; everything else is checked all the same. Only where nobody can
    tell how far the fault reaches, as behind a quote that is never closed, does the rest of the file wait too. The usual
    cause is a colon in a text without quotes.

    Valid:
        metrics:
          weekly_searchers:
            description: "People who searched: each once a week"
            type: count_distinct
            event: search_submitted

    Invalid:
        metrics:
          weekly_searchers:
            description: People who searched«:» each once a week
            type: count_distinct
            event: search_submitted
    """
    cure = next((cure for words, cure in CURES.items() if words in problem), None)
    return Flaw("E001", f"no valid YAML: {problem}", cure)


@check("E002")
def tab() -> Flaw:
    """A tab stands where YAML wants spaces.

    Editors show tabs at different widths, so YAML does not take them as indentation.

    Valid:
        metrics:
          weekly_searchers: {description: People who searched, type: count_distinct, event: search_submitted}

    Invalid:
        metrics:
        «⇥»weekly_searchers: {description: People who searched, type: count_distinct, event: search_submitted}
    """
    return Flaw("E002", "a tab stands where YAML wants spaces", "Indent with spaces, two for each level.")


@check("E003")
def key_twice(key: str, line: int) -> Flaw:
    """A key stands twice in one mapping.

    YAML would keep the last one and lose the first without a word.

    Valid:
        metrics:
          weekly_searchers:
            description: People who searched
            type: count_distinct
            event: search_submitted

    Invalid:
        metrics:
          weekly_searchers:
            description: People who searched
            type: count_distinct
            event: search_submitted
            «type»: count
    """
    return Flaw("E003", f"`{key}` stands here twice, first in line {line}", "Keep one of them.")


@check("E004")
def id_twice(name: str, kind: str, first: Place | None) -> Flaw:
    """An id stands in two files.

    All files of a project are read as one; which of two definitions holds would depend on the names of files.

    Valid:
        # metric_defs/weekly.yml
        metrics:
          searches_by_day: {description: Searches of a day, type: count, event: search_submitted, grain: day}

    Invalid:
        # metric_defs/weekly.yml
        metrics:
          «searches»: {description: Searches of a day, type: count, event: search_submitted, grain: day}
    """
    where = f", first at {first}" if first else ""
    return Flaw("E004", f"`{name}` is defined twice among {kind}{where}", "Keep one of them, or rename one.")


@check("E005")
def not_utf8() -> Flaw:
    """The file is not UTF-8.

    In any other encoding the same bytes mean other letters on another machine, and names would not match.

    Valid:
        metrics:
          weekly_searchers: {description: People in Zürich who searched, type: count_distinct, event: search_submitted}

    Invalid:
        metrics:
          weekly_searchers: {description: People in Z«�»rich who searched, type: count_distinct, event: search_submitted}
    """
    return Flaw("E005", "the file is not UTF-8", "Save it as UTF-8.")


@check("E006")
def too_large(*, levels: int = 0, values: int = 0) -> Flaw:
    """The file nests too deep, is too large, or its aliases unfold without end.

    A definition needs few levels; files that are made to exhaust memory need many. They are refused before they unfold.

    Valid:
        features:
          deep: {used: search_submitted, standard: {adoption: {skip: too early to say}}}

    Invalid:
        features:
          deep:
            used: search_submitted
            standard:
              adoption:
                skip: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[«[[[too early to say]]]»]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]
    """
    most = f"nests more than {levels} levels deep" if levels else f"holds more than {values:,} values, or unfolds to them"
    return Flaw("E006", f"the file {most}", "A definition needs a handful of levels and values.")


@check("E007")
def foreign_tag(tag: str) -> Flaw:
    """A tag asks for more than plain YAML.

    Tags such as `!!python/object` make some programs run code. Here values are text, numbers, lists and mappings only.

    Valid:
        metrics:
          weekly_searchers: {description: People who searched, type: count_distinct, event: search_submitted}

    Invalid:
        metrics:
          weekly_searchers: {description: «!secret» People, type: count_distinct, event: search_submitted}
    """
    return Flaw("E007", f"the tag {tag} is not allowed", "Write the plain value.")


@check("E008")
def no_project(file: str, *, there: bool) -> Flaw:
    """There is no project.yml, or nothing in it.

    No day and no week begins before the project says in which time zone.

    Valid:
        project:
          name: Example
          timezone: Europe/Berlin
          entities: {user: {column: user_id, parent: account}, account: {column: account_id}}
          teams: {team-discovery: {name: Discovery}}

    Invalid:
        «#» metric_defs/project.yml
    """
    message = f"{file} has no `project:`" if there else f"there is no {file}"
    return Flaw("E008", message, FIRST_LINES)
