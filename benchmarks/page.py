"""``RESULTS.md``, for people."""

from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any

from benchmarks.findings import LEAST_RATES, PEERS, Findings, Row

Book = dict[str, Any]
PAGE_FORMS = {"warm": "after the refresh", "cold": "a window nobody asked about"}


def page(book: Book, reasons: str = "") -> str:
    """The page: targets at the largest size, then every size, then growth.

    Args:
        book: What ``results.json`` holds.
        reasons: Markdown that people wrote about missed targets.
    """
    sizes = sorted(map(int, book["sittings"]), reverse=True)
    found = {size: Findings([row for row in book["rows"] if row["events"] == size]) for size in sizes}
    lines = [HEAD]
    for size in sizes:
        lines += _sitting(size, book["sittings"][str(size)], found[size])
    lines += _growth(found)
    return "\n".join([*lines, PLOTS, *([reasons] if reasons else [])])


def _sitting(events: int, about: Row, found: Findings) -> Iterator[str]:
    versions = ", ".join(sorted(set(about["versions"].values())))
    load = " before and ".join(f"{one:g}" for one in about["load"])
    yield f"## {counted(events)} events"
    yield ""
    if not about["finished"]:
        yield "**This run was stopped before its end; it shows what was measured until then.**"
        yield ""
    yield f"{about['date']}; {about['machine']}; {versions}. Load of the machine: {load} after (0 before is quiet)."
    for part in (_questions, _summary, _targets, _building, _memory, _browser, _failed):
        lines = list(part(found))
        if lines:
            yield from ("", *lines)
    yield ""


def counted(events: int) -> str:
    """A number of events as people say it."""
    return f"{events / 1_000_000:g} million" if events >= 1_000_000 else f"{events:,}"


def _questions(found: Findings) -> Iterator[str]:
    heads = ["question", "ours, s", "new session, s", "kept, ms", "fastest", *PEERS.values(), "ClickHouse, fastest form"]
    yield f"| {' | '.join(heads)} |"
    yield "|---|--:|--:|--:|---|" + "--:|" * (len(PEERS) + 1)
    for ours in found.ours():
        question = ours["question"]
        cold, kept = found.seconds(question, "cold"), found.seconds(question, "kept")
        cells = [_cell(found, ours, peer) for peer in PEERS]
        best = found.best(question, "clickhouse")
        cells.append(f"{_beside(best, ours)}, {best['form']}" if best else "-")
        others = any(found.asked(question, peer) for peer in PEERS)
        who = found.fastest(ours) if others else "-"
        own = [f"{ours['seconds']:.3f}", f"{cold:.3f}" if cold else "-", f"{1000 * kept:.1f}" if kept else "-"]
        yield f"| {' | '.join([ours.get('words') or question, *own, who, *cells])} |"


def _cell(found: Findings, ours: Row, peer: str) -> str:
    """The natural form of a peer beside ours, or why there is no number."""
    asked = found.asked(ours["question"], peer, natural=True)
    if not asked:
        return "-"
    row = asked[0]
    if row.get("cannot"):
        return "cannot express"
    if not row["seconds"]:
        return row["fault"] if row["fault"].startswith("stopped") else "failed"
    return _beside(row, ours) if row["equal"] else f"another answer ({_short(row['seconds'])})"


def _beside(row: Row, ours: Row) -> str:
    return f"{_times(row['seconds'] / ours['seconds'])} ({_short(row['seconds'])})"


def _times(times: float) -> str:
    return f"{times:.0f} x" if times >= 10 else f"{times:.1f} x" if times >= 1 else f"{times:.2f} x"


def _short(seconds: float) -> str:
    return f"{seconds:.3f} s" if seconds < 10 else f"{seconds:.0f} s"


def _summary(found: Findings) -> Iterator[str]:
    for peer, name in PEERS.items():
        if natural := found.ratios(peer, natural=True):
            best, cpu = found.ratios(peer), found.ratios(peer, "cpu", natural=True)
            of_processors = f", {_times(median(cpu))} by processor time" if cpu else ""
            of_new = f"{_times(median(found.ratios(peer, natural=True, new=True)))} as long as our new session"
            yield (
                f"- {name} takes {_times(median(natural))} as long as ours in its natural form ({of_new}{of_processors}), "
                f"{_times(median(best))} in the fastest we found (medians of {len(natural)} questions)."
            )
    raw, rolled = found.ratios("clickhouse", natural=True), found.ratios("clickhouse", rolled=True)
    if raw and rolled:
        yield (
            f"- What the layout is worth: ClickHouse over tables of distinct days or bitmaps of users, made before, takes "
            f"{_times(median(rolled))} as long as ours (median of {len(rolled)}), over its events {_times(median(raw))}."
        )
    lost = [
        f"{ours['question'].replace('_', ' ')} ({faster['form']}: {faster['seconds']:.3f} s to our {ours['seconds']:.3f} s)"
        for ours in found.ours()
        if (faster := found.best(ours["question"], "clickhouse")) and faster["seconds"] < ours["seconds"]
    ]
    if found.ratios("clickhouse"):
        yield f"- ClickHouse in its fastest form is faster than we are in: {'; '.join(lost) or 'no question'}."
    compared = sum(row["equal"] is not None for row in found.rows)
    if compared:
        yield f"- {compared} answers were compared in full; not equal: {', '.join(found.wrong()) or 'none'}."


def _targets(found: Findings) -> Iterator[str]:
    yield "| target (meant for 100 million events) | measured | met |"
    yield "|---|---|---|"
    for target in found.targets():
        met = "yes" if target.beyond <= 1 else f"no, missed {target.beyond:.1f} times over"
        yield f"| {target.words} | {target.measured} | {met} |"


def _building(found: Findings) -> Iterator[str]:
    rows = [row for row in found.rows if row["peer"] == "ours" and row["seconds"]]
    rows = [row for row in rows if row["question"] in {"build", "one more day"}]
    if rows:
        yield "| build | seconds | events/s | peak MB | times bare CREATE TABLE | file, MB | standard reports after it, s |"
        yield "|---|--:|--:|--:|--:|--:|--:|"
    for row in rows:
        if row["question"] == "build":
            times = f"{row['seconds'] / row['bare']:.1f}" if row["bare"] else "-"
            cells = (
                f"{row['seconds']:.1f}",
                f"{row['rate']:,.0f}",
                f"{row['megabytes']:,}",
                times,
                f"{row['file_megabytes']:,}",
                f"{row['reports']:.1f}",
            )
            yield f"| from {row['form']} | {' | '.join(cells)} |"
        else:
            share = f"{100 * row['seconds'] / row['full']:.1f} % of a full build"
            cells = (f"{row['seconds']:.1f}", share, f"{row['megabytes']:,}", "-", "-", f"{row['reports']:.1f}")
            yield f"| one more day, {row['form']} | {' | '.join(cells)} |"
    built = {row["form"] for row in rows if row["question"] == "build"}
    if left := [name for name in LEAST_RATES if name not in built]:
        yield from ("", f"Not built at this size from {' and '.join(left)}.") if rows else ()


def _memory(found: Findings) -> Iterator[str]:
    rows = [row for row in found.rows if row["question"] == "memory"]
    loading = {row["peer"]: row["seconds"] for row in found.rows if row["question"] == "prepare"}
    if rows:
        yield "| all questions, loading included | peak MB | loading, s |"
        yield "|---|--:|--:|"
    for row in rows:
        name = "ours, answering alone" if row["peer"] == "ours" else PEERS[row["peer"]]
        loaded = f"{loading[row['peer']]:.1f}" if row["peer"] in loading else "-"
        yield f"| {name} | {row['megabytes']:,} | {loaded} |"


def _browser(found: Findings) -> Iterator[str]:
    rows = [row for row in found.rows if row["question"].startswith("page")]
    if any(row["seconds"] for row in rows):
        yield from ("### The page", "", *page_table(rows))


def page_table(rows: Sequence[Row]) -> Iterator[str]:
    """What a browser measured: seconds by gesture, split, then visitors at once, then memory."""
    timed = {(row["question"], row["form"]): row for row in rows if row["form"] in {"floor", *PAGE_FORMS}}
    heads = " | ".join(f"{said} | queries | drawing" for said in PAGE_FORMS.values())
    yield f"| in a browser, s | Streamlit alone | {heads} |"
    yield "|---|--:|" + "--:|--:|--:|" * len(PAGE_FORMS)
    for question in dict.fromkeys(question for question, _ in timed):
        floor = timed[question, "floor"]["seconds"]
        cells = [part for form in PAGE_FORMS for part in _split(timed.get((question, form)), floor)]
        yield f"| {question.partition(': ')[2]} | {floor:.2f} | {' | '.join(cells)} |"
    yield ""
    for row in rows:
        if "unlike" in row:
            yield f"- {_visitors(row)}"
        if "held" in row:
            yield f"- {_held(row)}"


def _split(row: Row | None, floor: float) -> tuple[str, str, str]:
    """The whole, what the warehouse took of it, and what is left beyond Streamlit itself."""
    if row is None:
        return "-", "-", "-"
    whole, queries = row["seconds"], row["queries"]
    return f"{whole:.2f}", f"{queries:.2f}", f"{max(whole - queries - floor, 0.0):.2f}"


def _visitors(row: Row) -> str:
    return (
        f"{row['visitors']} visitors at once, each in a window of one browser on the same machine, looked at "
        f"{row['views']} pages in {row['seconds']:.0f} s, of {row['different']} views{_spread(row['each'])}. Told otherwise "
        f"than a visitor alone, by a server that counted everything anew{_spread(row['alone'])}: "
        f"{', '.join(row['unlike']) or 'none'}. {_errors(row['wrong'])}"
    )


def _spread(taken: Sequence[float]) -> str:
    return f" (a page took {taken[0]:.1f} s in the middle, {taken[1]:.1f} s at most)" if taken else ""


def _errors(wrong: Sequence[str]) -> str:
    return f"Errors: {'; '.join(wrong) or 'none'}."


def _held(row: Row) -> str:
    first, last = row["held"][0], row["held"][-1]
    middle = f", {row['held'][1]:,} MB after the second" if len(row["held"]) > 1 else ""
    return (
        f"Memory of the server over {row['views']} page views in a browser, of visitors who come and go: {first:,} MB after "
        f"the first tenth{middle}, {last:,} MB at the end ({100 * (last / first - 1):+.0f} %), {max(row['held']):,} MB at "
        f"most. {_errors(row['wrong'])}"
    )


def _failed(found: Findings) -> Iterator[str]:
    faults = found.faults()
    if faults:
        yield "What failed or was stopped:"
        yield ""
    for fault in faults:
        yield f"- {' '.join(fault.split())}"


def _growth(found: dict[int, Findings]) -> Iterator[str]:
    sizes = sorted(found)
    yield "## Growth"
    yield ""
    if len(sizes) < 2:
        return
    seconds = {size: {row["question"]: row["seconds"] for row in found[size].ours()} for size in sizes}
    words = {row["question"]: row.get("words") or row["question"] for size in sizes for row in found[size].ours()}
    yield f"| ours, seconds | {' | '.join(counted(size) for size in sizes)} | times, from first to last |"
    yield "|---|" + "--:|" * (len(sizes) + 1)
    for question, said in words.items():
        taken = [seconds[size].get(question) for size in sizes]
        known = [one for one in taken if one]
        cells = [f"{one:.3f}" if one else "-" for one in taken]
        yield f"| {said} | {' | '.join(cells)} | {known[-1] / known[0]:.1f} |"
    yield f"| (events) | {' | '.join(counted(size) for size in sizes)} | {sizes[-1] / sizes[0]:g} |"
    yield ""


HEAD = """\
# Speed beside other engines

Written by `make bench` and `make bench-100m`; do not edit. A number with an x says how many times as long as we another
engine took for the same answer in the same sitting. Machines differ and are busy: ratios under 2 are weak.

How to read it, and what is fair to say:

- All run in Python processes on the same machine, one after the other, with as many threads as it has cores, and give
  Python values; opening and loading are not timed. A number is the least of several runs (three, or two at 100
  million; one of what takes over 30 seconds), so files are in the system's cache. A time counts only where every
  complete number of ours is theirs. A form gets 300 seconds.
- **Ours** is the time to the whole result frame with its intervals, our own Python included; the others return bare
  counts. All stay open between runs: our session has answered the same over a week less before, and holds no answer to
  this; of some questions it holds the days of units that these read, as bits (at most 384 MB). *New session*: one that
  was just opened, with nothing in memory and no kept answer. *Kept*: the same question asked once more, by a new session.
- Part of our lead is the layout, not the engine: days on which a unit did something are kept already distinct, at the
  cost of the build below. ClickHouse is therefore also given the same tables (*roll-up*), our gaps-and-islands form of
  sliding windows (*gaps*), and what its users would keep, a bitmap of users by event and day (*bitmaps*); the last
  column is the fastest of all its forms. Its events have keys as small and rows in the same order as ours, merged into
  one part.
- *Analyst's SQL* (DuckDB) and *polars* read the raw Parquet export at every question, which costs no build at all;
  polars is written with sliding windows by gaps from the start. MetricFlow's SQL runs on DuckDB tables that dbt built,
  one for all events and one for each that is asked about; starting it and having the SQL written (seconds) is not
  timed.
- *cannot express*: the engine has no words for the question. *another answer*: it has, but the numbers are not ours.
  MetricFlow converts pair by pair, by day, so a funnel of three steps is another number.
- *The page*: the time from a click until the server has ended its run, all in sight is drawn, charts too, and the browser
  has nothing left to do, in Chromium on the same machine. *Streamlit alone* is a dashboard of nothing; *queries* is the
  time in which the warehouse was asked anything, kept answers included; *drawing* is the rest: our Python, Streamlit's
  messages, charts and layout. *After the refresh*: the standard reports are kept and somebody looked at the window
  before. A change of series asks nothing.
- The data is generated (`benchmarks/generate.py`): a hundredth as many units as events, fifty events, both by a power
  law, over 180 days, in no order.
"""
PLOTS = """\
Time against events, time against the length of the window, and memory:

![Seconds against events, one plot a question](growth.svg)

![Seconds against the length of the rolling window](window.svg)

![Memory at its peak, by step](memory.svg)
"""
