"""Values of definitions as people type them on a command line: YAML, each alone."""

from prodops_metrics.definitions.parse import parse
from prodops_metrics.definitions.report import Report
from prodops_metrics.errors import WritingError

WHERE = "the answer"


def read_value(text: str) -> object:
    """What a text of YAML says, as mappings, lists and text; text that stood without quotes is ``Plain``.

    Raises:
        WritingError: it is no YAML.
    """
    report = Report()
    report.texts[WHERE] = text
    tree = parse(WHERE, text, report)
    if faults := report.faults():
        raise WritingError(f"`{text}` cannot be read: {faults[0].message}. {faults[0].cure or ''}".strip())
    return tree.raw() if tree else None
