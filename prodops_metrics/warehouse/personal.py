"""Personal data: what a refresh leaves out, what it keeps as a hash only, and what looks as if nobody had thought of it.

``personal: drop`` keeps a column out of the warehouse; ``personal: hash`` keeps a hash by the secret of the project, which
tells equal from different and nothing else. A column that nobody declared is left out where its name is that of an e-mail
address or telephone number, and single values of such columns where they hold one; both are counted. Declaring a property
keeps it.

The secret is ``PRODOPS_SECRET`` of the environment, else the file ``warehouse/secret``, which the first refresh that needs
it makes for its owner alone. It never goes into a snapshot or into git: without it nobody can try out ids or addresses
against the hashes. Where it changes, hashes of before and after do not meet, so everything is read again.
"""

import csv
import hashlib
import io
import json
import os
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from prodops_metrics.definitions import Catalog, Property
from prodops_metrics.errors import WarehouseError
from prodops_metrics.warehouse.snapshots import folder
from prodops_metrics.warehouse.statement import Binder

VARIABLE, FILE = "PRODOPS_SECRET", "secret"
REMOVED = "[removed]"
Rule = Literal["drop", "hash"]

_NAMES = re.compile(
    r"(?:^|_)(?:e_?mail(?:_?address)?|mail_address|(?:tele|cell_?)?phone(?:_?(?:number|no|nr))?|mobile_?(?:number|no|nr)|msisdn)$"
)
_EMAIL = r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}"
_PHONE = r"\s*\+[0-9][0-9 ()./-]{6,}[0-9]\s*"
_ADDRESS, _NUMBER = re.compile(_EMAIL), re.compile(r"\+[0-9][0-9 ()./-]{6,}[0-9]")


@dataclass(frozen=True, slots=True)
class Privacy:
    """What is personal in each source: ``rules`` by source and column; ``declared``: columns somebody thought of."""

    rules: Mapping[str, Mapping[str, Rule]] = field(default_factory=dict)
    declared: Mapping[str, frozenset[str]] = field(default_factory=dict)
    secret: str = ""

    def rule(self, source: str, column: str) -> Rule | None:
        """What is done with a column; where nobody declared it, its name decides."""
        found = self.rules.get(source, {}).get(column)
        if found or column in self.declared.get(source, frozenset()):
            return found
        return "drop" if looks_personal(column) else None

    def unasked(self, source: str, column: str) -> bool:
        """Whether a column is left out for its name alone."""
        return column not in self.declared.get(source, frozenset()) and looks_personal(column)

    def watched(self, source: str, column: str) -> bool:
        """Whether single values of a column are left out where they look personal: nobody declared it."""
        return column not in self.declared.get(source, frozenset()) and self.rule(source, column) is None


def looks_personal(name: str) -> bool:
    """Whether a name is that of an e-mail address or telephone number, such as ``userEmail`` or ``phone_number``."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+", "_", name).strip("_").lower()
    return _NAMES.search(snake) is not None


def looks_personal_sql(text: str) -> str:
    """Whether a text holds an e-mail address or is a telephone number; TRUE or FALSE, and NULL for NULL."""
    # The cheap look comes first: hardly any text has these characters at all.
    return (
        f"(CASE WHEN contains({text}, '@') THEN regexp_matches({text}, '{_EMAIL}') "
        f"WHEN contains({text}, '+') THEN regexp_full_match({text}, '{_PHONE}') ELSE FALSE END)"
    )


def removed_sql(text: str) -> str:
    """JSON text with ``[removed]`` in the place of every string in it that looks personal."""
    inside = r'(?:[^"\\]|\\.)*'
    pattern = f'"{inside}{_EMAIL}{inside}"|"{_PHONE}"'
    return (
        f"CASE WHEN contains({text}, '@') OR contains({text}, '+') THEN regexp_replace({text}, '{pattern}', "
        f"'\"{REMOVED}\"', 'g') ELSE {text} END"
    )


def without_addresses_sql(text: str) -> str:
    """A text without the e-mail addresses and telephone numbers in it."""
    numbers = r"\+[0-9][0-9 ()./-]{6,}[0-9]"
    return f"regexp_replace(regexp_replace({text}, '{_EMAIL}', '{REMOVED}', 'g'), '{numbers}', '{REMOVED}', 'g')"


def hashed_sql(text: str, secret: str, values: Binder) -> str:
    """32 hex digits that are equal for equal texts, by the secret; NULL for NULL."""
    key = f"{values.bind(secret)}::VARCHAR"
    return f"left(sha256({key} || sha256({key} || {text})), 32)"


def hashed(text: str, secret: str) -> str:
    """The same in Python."""
    inner = hashlib.sha256((secret + text).encode()).hexdigest()
    return hashlib.sha256((secret + inner).encode()).hexdigest()[:32]


def privacy(catalog: Catalog) -> Privacy:
    """What the definitions say; the secret is made where they need one and there is none.

    A property that is personal in one event is so in all. Properties of a source of units or records are its own.

    Raises:
        WarehouseError: the secret cannot be read or made.
    """
    thought = frozenset(name for table in _tables(catalog) for name in table)
    usual = frozenset(entity.column for entity in catalog.project.entities.values())
    declared: dict[str, frozenset[str]] = {}
    for name, source in catalog.exports.items():
        mapped = frozenset(
            each if isinstance(each, str) else getattr(each, "column", "") for each in source.columns.values()
        )
        known = frozenset(source.properties) | mapped | usual | ({source.key} if source.key else frozenset())
        declared[name] = known if source.kind == "units" else known | thought
    rules = stated_rules(catalog)
    needed = any("hash" in each.values() for each in rules.values())
    return Privacy(rules, declared, read_secret(catalog.root, make=True) if needed else "")


def stated_rules(catalog: Catalog) -> dict[str, dict[str, Rule]]:
    """The rule of each column that is personal, by source."""
    of_events = _rules(_tables(catalog))
    own = {name: _rules([source.properties]) for name, source in catalog.exports.items()}
    return {name: rules if catalog.exports[name].kind == "units" else {**of_events, **rules} for name, rules in own.items()}


def _tables(catalog: Catalog) -> list[Mapping[str, Property]]:
    return [catalog.properties, *(event.properties for event in catalog.events.values())]


def _rules(tables: Iterable[Mapping[str, Property]]) -> dict[str, Rule]:
    """The rule of each name; where two differ, the stricter one."""
    found: dict[str, Rule] = {}
    for table in tables:
        for name, each in table.items():
            if each.personal and found.get(name) != "drop":
                found[name] = each.personal
    return found


def read_secret(root: Path, *, make: bool) -> str:
    """The secret of the project; made where there is none if that is wanted, else empty.

    Raises:
        WarehouseError: its file cannot be read or made.
    """
    if given := os.environ.get(VARIABLE, "").strip():
        return given
    path = folder(root) / FILE
    try:
        if path.exists():
            return path.read_text(encoding="ascii").strip()
        if not make:
            return ""
        folder(root).mkdir(parents=True, exist_ok=True)
        made = secrets.token_hex(32)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as writing:
            writing.write(made + "\n")
        return made
    except (OSError, ValueError) as fault:
        raise WarehouseError(
            f"The secret by which personal data is hashed cannot be read or made: {fault}. "
            f"Make {path} readable and writable for you, or give the secret as {VARIABLE}."
        ) from fault


def fingerprint(secret: str) -> str:
    """What a snapshot says of the secret: whether it is still the same one, and nothing that helps to guess it."""
    return hashlib.sha256(f"fingerprint of {secret}".encode()).hexdigest()[:12] if secret else ""


@dataclass(frozen=True, slots=True)
class Redaction:
    """How the text of a row that is set aside is kept: without what is personal in its columns."""

    privacy: Privacy
    source: str
    names: tuple[str, ...]
    delimiter: str | None

    def __call__(self, text: str) -> str:
        """The text with ``[removed]`` in the place of what is personal.

        Where its columns cannot be told apart and some of them are personal, letters and digits become ``x``.
        """
        told = self._of_json(text) if text.lstrip().startswith("{") else self._of_fields(text)
        return told if told is not None else self._unreadable(text)

    def _of_json(self, text: str) -> str | None:
        try:
            row = json.loads(text, object_pairs_hook=_all_values)
        except ValueError:
            return None
        if not isinstance(row, dict):
            return None
        cleaned = self._cleaned(row)
        return text if cleaned == row else json.dumps(cleaned, ensure_ascii=False)

    def _cleaned(self, value: object, name: str = "") -> object:
        if name and self.privacy.rule(self.source, name):
            return REMOVED
        if isinstance(value, dict):
            return {key: self._cleaned(each, str(key)) for key, each in value.items()}
        if isinstance(value, list):
            return [self._cleaned(each) for each in value]
        return without_addresses(value) if isinstance(value, str) and self.privacy.watched(self.source, name) else value

    def _of_fields(self, text: str) -> str | None:
        if self.delimiter is None:
            return None
        try:
            fields = next(csv.reader(io.StringIO(text, newline=""), delimiter=self.delimiter), [])
        except csv.Error:
            return None
        if len(fields) != len(self.names):
            return None
        kept = [str(self._cleaned(each, name)) if each else each for name, each in zip(self.names, fields, strict=True)]
        if kept == fields:
            return text
        written = io.StringIO()
        csv.writer(written, delimiter=self.delimiter, lineterminator="").writerow(kept)
        return written.getvalue()

    def _unreadable(self, text: str) -> str:
        if any(self.privacy.rule(self.source, name) for name in self.names) or self.privacy.rules.get(self.source):
            return re.sub(r"\w", "x", text)
        return without_addresses(text)


def without_addresses(text: str) -> str:
    """A text without the e-mail addresses and telephone numbers in it."""
    return _NUMBER.sub(REMOVED, _ADDRESS.sub(REMOVED, text))


def _all_values(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object; a key that stands in it twice, which is why a row may be refused, has a list of its values."""
    found: dict[str, list[object]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return {key: values[0] if len(values) == 1 else values for key, values in found.items()}
