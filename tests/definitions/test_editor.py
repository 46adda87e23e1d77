"""The schema in a real editor's engine: the YAML language server proposes keys and names, and underlines a typo.

It is looked for on PATH, or where YAML_LANGUAGE_SERVER says; without it these tests are skipped.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from prodops_metrics.definitions.docstrings import field_docs
from prodops_metrics.definitions.features import Feature
from prodops_metrics.definitions.filters import OPERATORS
from prodops_metrics.definitions.json_schema import json_schema
from prodops_metrics.metrics import METRIC_TYPES, load_catalog

EXAMPLE = Path(__file__).with_name("example_project")
MODELINE = "# yaml-language-server: $schema=../.schema/metric_defs.json\n"
CURSOR = "|"
SETTINGS = {"validate": True, "completion": True, "hover": True, "schemaStore": {"enable": False}}


class Server:
    """A language server over its standard input and output."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self.process, self.number, self.diagnostics = process, 0, dict[str, list[Any]]()

    def send(self, method: str, params: object, *, number: int | None = None) -> None:
        message = {"jsonrpc": "2.0", "method": method, "params": params} | ({"id": number} if number is not None else {})
        self.write(message)

    def write(self, message: object) -> None:
        assert self.process.stdin
        content = json.dumps(message).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(content), content))
        self.process.stdin.flush()

    def read(self) -> dict[str, Any]:
        assert self.process.stdout
        length = 0
        while line := self.process.stdout.readline().strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        message: dict[str, Any] = json.loads(self.process.stdout.read(length))
        if "method" in message and "id" in message:
            asked = message["params"].get("items", []) if message["params"] else []
            self.write({"jsonrpc": "2.0", "id": message["id"], "result": [self.setting(item) for item in asked]})
        if message.get("method") == "textDocument/publishDiagnostics":
            self.diagnostics[message["params"]["uri"]] = message["params"]["diagnostics"]
        return message

    def setting(self, item: dict[str, Any]) -> object:
        return SETTINGS if item.get("section") == "yaml" else {}

    def ask(self, method: str, params: object) -> Any:  # noqa: ANN401
        self.number += 1
        self.send(method, params, number=self.number)
        while True:
            message = self.read()
            if message.get("id") == self.number and "method" not in message:
                assert "error" not in message, message
                return message["result"]


@pytest.fixture(scope="module")
def command() -> str:
    found = os.environ.get("YAML_LANGUAGE_SERVER") or shutil.which("yaml-language-server")
    if not found or not shutil.which("node"):
        pytest.skip("the yaml-language-server is not installed")
    return found


@contextmanager
def served(command: str, root: Path) -> Iterator[Server]:
    with subprocess.Popen(
        [command, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        server = Server(process)
        folders = [{"uri": root.as_uri(), "name": "project"}]
        about = {"processId": None, "rootUri": root.as_uri(), "workspaceFolders": folders}
        server.ask("initialize", {**about, "capabilities": {"workspace": {"configuration": True}}})
        server.send("initialized", {})
        yield server
        process.terminate()


class Editor:
    """A project open in an editor."""

    def __init__(self, root: Path, server: Server) -> None:
        self.root, self.server, self.opened = root, server, 0

    def open(self, text: str) -> tuple[dict[str, str], dict[str, int]]:
        """A new file with this text: what it is called, and where the cursor stands in it."""
        self.opened += 1
        before = (MODELINE + text).partition(CURSOR)[0]
        uri = (self.root / "metric_defs" / f"open{self.opened}.yml").as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": MODELINE + text.replace(CURSOR, "")}
        self.server.send("textDocument/didOpen", {"textDocument": document})
        return {"uri": uri}, {"line": before.count("\n"), "character": len(before) - before.rfind("\n") - 1}

    def proposed(self, text: str) -> set[str]:
        """What is proposed where the cursor stands."""
        document, position = self.open(text)
        answer = self.server.ask("textDocument/completion", {"textDocument": document, "position": position})
        return {item["label"] for item in answer["items"]}

    def hovered(self, text: str) -> str:
        document, position = self.open(text)
        answer = self.server.ask("textDocument/hover", {"textDocument": document, "position": position})
        return str(answer["contents"]["value"]) if answer else ""

    def underlined(self, text: str) -> list[tuple[str, str]]:
        """What is underlined, each with the message."""
        document, _ = self.open(text)
        while document["uri"] not in self.server.diagnostics:
            self.server.read()
        lines = (MODELINE + text).splitlines()
        found = self.server.diagnostics[document["uri"]]
        return [(_at(lines, one["range"]), one["message"]) for one in found]


def _at(lines: list[str], span: dict[str, dict[str, int]]) -> str:
    return lines[span["start"]["line"]][span["start"]["character"] : span["end"]["character"]]


@pytest.fixture(scope="module")
def editor(command: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    root = tmp_path_factory.mktemp("project")
    shutil.copytree(EXAMPLE, root, dirs_exist_ok=True)
    (root / ".schema").mkdir()
    schema = json_schema(METRIC_TYPES, load_catalog(root))
    (root / ".schema" / "metric_defs.json").write_text(json.dumps(schema), encoding="utf-8")
    with served(command, root) as server:
        yield Editor(root, server)


def test_a_file_without_faults_is_not_underlined(editor: Editor) -> None:
    for path in sorted((EXAMPLE / "metric_defs").glob("*.yml")):
        assert editor.underlined(path.read_text(encoding="utf-8")) == []


METRIC = "metrics:\n  mine:\n    description: Mine\n"
PROPOSALS = {
    "the kinds of a file": ("|", {"metrics", "events", "features", "goals", "tests"}),
    "the keys of a metric before its type is said": ("metrics:\n  mine:\n    |", {"type", "description", "feature"}),
    "the types": (METRIC + "    type: |", set(METRIC_TYPES)),
    "the keys of a type": (METRIC + "    type: funnel\n    |", {"steps", "window", "within_range"}),
    "the words of a key": (METRIC + "    type: count\n    grain: |", {"day", "week", "month"}),
    "the project's events": (METRIC + "    type: count\n    event: |", {"search_submitted", "search_opened", "any"}),
    "events as the steps of a funnel": (METRIC + "    type: funnel\n    steps: [|]\n", {"search_opened", "any"}),
    "properties in a filter": (METRIC + "    type: count\n    event: search_submitted\n    filter:\n      |", {"results"}),
    "operators": (METRIC + "    type: count\n    event: any\n    filter:\n      results:\n        |", set(OPERATORS)),
    "properties that can be added up": (METRIC + "    type: sum\n    event: any\n    property: |", {"duration_ms"}),
    "metrics": ("goals:\n  mine:\n    metric: |", {"searches", "search.adoption"}),
    "standard metrics": ("features:\n  mine:\n    used: a\n    standard:\n      |", {"adoption", "retention"}),
    "types of properties": ("events:\n  mine:\n    properties:\n      a: |", {"string", "integer", "time"}),
}


@pytest.mark.parametrize("what", PROPOSALS)
def test_the_editor_proposes(what: str, editor: Editor) -> None:
    text, expected = PROPOSALS[what]
    assert expected <= editor.proposed(text)


def test_nothing_is_never_proposed(editor: Editor) -> None:
    assert "null" not in editor.proposed(METRIC + "    type: count\n    feature: |")


MISTAKES = {
    "a mistyped key": (METRIC + "    type: count\n    evnt: any\n", "evnt"),
    "a key of another type": (METRIC + "    type: count\n    event: any\n    steps: [any]\n", "steps"),
    "a mistyped type": (METRIC + "    type: cuont\n    event: any\n", "cuont"),
    "a duration that is none": (METRIC + "    type: count\n    event: any\n    window: 7 dys\n", "7 dys"),
    "a mistyped operator": (METRIC + "    type: count\n    event: any\n    filter: {results: {at_lest: 1}}\n", "at_lest"),
    "a mistyped key of an event": (METRIC + "    type: count\n    event: {evnt: any}\n", "evnt"),
    "a mistyped kind": ("metric:\n  mine: {}\n", "metric"),
    "a missing key": (METRIC + "    type: sum\n    event: any\n", "mine"),
}


@pytest.mark.parametrize("what", MISTAKES)
def test_the_editor_underlines(what: str, editor: Editor) -> None:
    text, word = MISTAKES[what]
    assert word in dict(editor.underlined(text))


def test_the_editor_explains_a_key(editor: Editor) -> None:
    text = "features:\n  mine:\n    us|ed: search_submitted\n"
    assert field_docs(Feature)["used"] in editor.hovered(text)
