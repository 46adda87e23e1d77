"""What the rows of one sitting say: who was how fast, whose answer was another, and which targets are met."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

PEERS = {"clickhouse": "ClickHouse", "analyst": "analyst's SQL", "polars_lazy": "polars", "metricflow": "MetricFlow"}
ROLLED = ("roll-up", "bitmaps")
"""Forms of ClickHouse that ask what was counted before, as ours do."""
LEAST_RATES = {"Parquet": 600_000, "CSV": 300_000, "JSON lines": 150_000}

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Target:
    """One line of the table of targets; ``beyond`` is how many times it was missed by, 1 or less where it is met."""

    words: str
    measured: str
    beyond: float


@dataclass(frozen=True, slots=True)
class Findings:
    """The rows of one sitting."""

    rows: Sequence[Row]

    def ours(self, *, new: bool = False) -> Iterator[Row]:
        """Our answers with nothing kept, in the order they were asked: of an open session, else of a new one; or ``new``."""
        rows = [row for row in self.rows if row["peer"] == "ours" and row["seconds"] and "words" in row]
        opened = {row["question"]: row for row in rows if row["form"] == "open" and not new}
        for row in rows:
            if row["form"] == "cold":
                yield opened.get(row["question"], row)

    def asked(self, question: str, peer: str, *, natural: bool = False) -> list[Row]:
        """All forms in which a peer was asked, or its natural one."""
        found = [row for row in self.rows if (row["question"], row["peer"]) == (question, peer)]
        return [row for row in found if not natural or row["form"] == "natural"]

    def best(self, question: str, peer: str, *, natural: bool = False, rolled: bool = False) -> Row | None:
        """The fastest form whose answer is ours."""
        found = [row for row in self.asked(question, peer, natural=natural) if row["seconds"] and row["equal"]]
        found = [row for row in found if not rolled or row["form"].endswith("roll-up") or row["form"].startswith(ROLLED)]
        return min(found, key=lambda row: float(row["seconds"]), default=None)

    def fastest(self, ours: Row) -> str:
        """Who was the fastest to give this answer, and in which form."""
        others = [best for peer in PEERS if (best := self.best(ours["question"], peer))]
        winner = min([ours, *others], key=lambda row: float(row["seconds"]))
        return "ours" if winner is ours else f"{PEERS[winner['peer']]}, {winner['form']}"

    def ratios(
        self, peer: str, of: str = "seconds", *, natural: bool = False, rolled: bool = False, new: bool = False
    ) -> list[float]:
        """How many times as long a peer takes, for every question that both answer alike; ``new``: as our new session."""
        pairs = [(ours, self.best(ours["question"], peer, natural=natural, rolled=rolled)) for ours in self.ours(new=new)]
        return [best[of] / ours[of] for ours, best in pairs if best and ours.get(of) and best.get(of)]

    def wrong(self) -> list[str]:
        """The answers that are not ours."""
        return [f"{row['question']} ({PEERS[row['peer']]}, {row['form']})" for row in self.rows if row["equal"] is False]

    def faults(self) -> list[str]:
        """What failed or was stopped."""
        return [f"{row['peer']}, {row['question']} {row['form']}: {row['fault']}" for row in self.rows if row.get("fault")]

    def targets(self) -> Iterator[Target]:
        """Those of which something was measured."""
        yield from self._against_peers()
        yield from self._reports()
        yield from self._builds()

    def _against_peers(self) -> Iterator[Target]:
        pairs = [(ours, self.best(ours["question"], "clickhouse")) for ours in self.ours()]
        lost = {ours["question"]: ours["seconds"] / best["seconds"] for ours, best in pairs if best}
        if lost:
            worst, times = max(lost.items(), key=lambda item: item[1])
            slower = sum(one > 1 for one in lost.values())
            said = f"slower in {slower} of {len(lost)}, at worst {times:.1f} times ({_words(worst)})"
            yield Target("no question slower than ClickHouse in its fastest form", said, times)
        for peer, least in (("clickhouse", 5), ("analyst", 20), ("metricflow", 10)):
            if found := self.ratios(peer, natural=True):
                words = f"{PEERS[peer]} in its natural form takes at least {least} times as long (median)"
                yield Target(words, f"{median(found):.1f} times", least / median(found))
        ours = {row["question"]: row["seconds"] for row in self.ours()}.get("search_to_result")
        funnel = self.best("search_to_result", "clickhouse", natural=True)
        if ours and funnel:
            new = self.seconds("search_to_result", "cold") or ours
            said = f"{ours:.3f} s (a new session {new:.3f} s) to {funnel['seconds']:.3f} s"
            yield Target("the funnel faster than ClickHouse's windowFunnel", said, ours / funnel["seconds"])

    def _reports(self) -> Iterator[Target]:
        for form, most in (("cold", 3.0), ("kept", 0.05)):
            if seconds := self.seconds("feature_report", form):
                yield Target(f"whole feature report, {form}, in {most:g} s", f"{seconds:.3f} s", seconds / most)

    def _builds(self) -> Iterator[Target]:
        for row in self.rows:
            if row["peer"] != "ours" or not row["seconds"]:
                continue
            if row["question"] == "build":
                least, name = LEAST_RATES[row["form"]], row["form"]
                yield Target(f"build from {name}: {least:,} events/s", f"{row['rate']:,.0f} events/s", least / row["rate"])
                yield Target(f"build from {name} in 4 GB of memory", f"{row['megabytes']:,} MB", row["megabytes"] / 4096)
                if row["bare"]:
                    times = row["seconds"] / row["bare"]
                    yield Target(f"build from {name}: 3 times a bare CREATE TABLE AS", f"{times:.1f} times", times / 3)
            if row["question"] == "one more day":
                share = row["seconds"] / row["full"]
                yield Target("one more day: 5 % of a full build", f"{100 * share:.1f} %", share / 0.05)

    def seconds(self, question: str, form: str) -> float | None:
        """Our own in one form."""
        found = [row["seconds"] for row in self.asked(question, "ours") if row["form"] == form]
        return found[0] if found else None


def _words(question: str) -> str:
    return question.replace("_", " ")
