"""Markdown tables of the files that compare_peers.py writes, and the check that a page shows them unchanged."""

import argparse
import json
import os
import re
import statistics

from works import ENGINES, USUAL, WORKS

# The peers that compute in fp32, as `--device cpu` does.
FP32_PEERS = ("ct2-float32", "hf-fp32")
# Works that are those of `plain` with processors.
WITH_PROCESSORS = ("processors", "one-processor")


class Results:
    """The runs of one file by work and engine. A work is its name and, if ragged, its number of sequences."""

    def __init__(self, path):
        """Read a file; the day of its runs is at the start of its name."""
        with open(path) as file:
            data = json.load(file)
        self.path = path
        day = re.match(r"\d{4}-\d\d-\d\d", os.path.basename(path))
        self.date = day[0] if day else ""
        arguments = data.get("arguments") or [[]]
        self.commands = [measured(a) for a in (arguments if isinstance(arguments[0], list) else [arguments])]
        self.runs = {}
        for run in data["runs"]:
            self.runs.setdefault((self.work(run), run["engine"]), []).append(run)

    def work(self, run):
        """Return the work of a run; of a ragged one also its number of sequences, or 0 if the file does not tell it."""
        if run["work"] != "ragged":
            return run["work"], 0
        if "items" in run:
            return "ragged", run["items"]
        # The commands name the sizes, the number of tokens tells which of them this run had.
        _, _, (least, most) = WORKS["ragged"]
        size = run["seconds"] * run["tokens_per_s"] * 2 / (least + most)
        sizes = [command.items for command in self.commands if "ragged" in command.work]
        return "ragged", next((items for items in sizes if 0.8 < size / items < 1.25), 0)

    def in_turn(self, work, *engines):
        """Return whether one start of the script ran these engines in turn on a work."""
        return any(
            work[0] in command.work
            and (not work[1] or work[1] == command.items)
            and all(engine in command.engines for engine in engines)
            for command in self.commands
        )

    def rate(self, work, engine):
        """Return the median of an engine on a work in tokens/s."""
        return statistics.median(run["tokens_per_s"] for run in self.runs[work, engine])

    def peers(self, work, engine):
        """Return the peers that ran in turn with one of our engines on a work."""
        return [
            peer
            for peer in ENGINES
            if not is_ours(peer) and (work, peer) in self.runs and self.in_turn(work, engine, peer)
        ]

    def ratio(self, work, engine):
        """Return an engine's rate by that of the fastest peer; None if no peer ran in turn with it.

        With speculation or processors it is compared with itself without them, round by round.
        The device `cpu` computes in fp32 and is compared with peers in fp32. One sequence in fp16 is compared with
        llama.cpp in f16, which reads the same bytes. Everywhere else a peer's precision does not count.
        """
        plain = ("plain", 0) if work[0] in WITH_PROCESSORS else work, engine.partition("+")[0]
        if plain != (work, engine):
            before = {run["turn"]: run["seconds"] for run in self.runs.get(plain, [])}
            ratios = [before[r["turn"]] / r["seconds"] for r in self.runs[work, engine] if r["turn"] in before]
            return statistics.median(ratios) if ratios else None
        peers = self.peers(work, engine)
        if engine == "ours-cpu":
            peers = [peer for peer in peers if peer in FP32_PEERS]
        if engine == "ours-fp16" and work[0] == "single":
            peers = [peer for peer in peers if peer == "llama-f16"]
        if not peers:
            return None
        return self.rate(work, engine) / max(self.rate(work, peer) for peer in peers)

    def cell(self, work, engine):
        """Return the text of a cell: tokens/s; of card seconds and MiB; ours with the ratio to the best peer."""
        runs = self.runs.get((work, engine))
        if not runs:
            return ""
        if work[0] == "card":
            memory = statistics.median(run["memory_mib"] for run in runs)
            text = f"{spread([run['seconds'] for run in runs])} s, {memory:.0f} MiB"
        else:
            text = spread([run["tokens_per_s"] for run in runs])
        ratio = self.ratio(work, engine) if is_ours(engine) else None
        return text if ratio is None else f"{text} (**{ratio:.2f}**)"


def measured(arguments):
    """Return the engines, the works and the number of ragged sequences of a command line of compare_peers.py."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--engines", default=",".join(ENGINES))
    parser.add_argument("--work", default=",".join(USUAL))
    parser.add_argument("--items", type=int, default=WORKS["ragged"][0])
    command = parser.parse_known_args(arguments)[0]
    command.engines, command.work = command.engines.split(","), command.work.split(",")
    return command


def is_ours(engine):
    """Return whether an engine is this program."""
    return engine.startswith("ours")


def spread(values):
    """Return the median of values ± half the distance from the lowest to the highest, without ± for a single one."""
    median, half = statistics.median(values), (max(values) - min(values)) / 2
    digits = 2 if median < 10 else 1 if median < 100 else 0
    return f"{median:,.{digits}f}" + (f" ± {half:,.{digits}f}" if len(values) > 1 else "")


def rows(files):
    """Return a table's rows from files, the newest first: of each the work, the file, and the text by engine.

    Of each of our engines the newest file that has a work counts. A row holds numbers of one file only.
    """
    result = []
    works = {work for results in files for work, _ in results.runs}
    for work in sorted(works, key=lambda work: (list(WORKS).index(work[0]), -work[1])):
        shown = {}
        for engine in filter(is_ours, ENGINES):
            newest = next((results for results in files if (work, engine) in results.runs), None)
            if newest:
                shown.setdefault(newest, []).append(engine)
        for results in sorted(shown, key=files.index):
            peers = {peer for engine in shown[results] for peer in results.peers(work, engine)}
            result.append((work, results, {e: results.cell(work, e) for e in [*shown[results], *peers]}))
    return result


def table(paths):
    """Return the lines of a machine's table. Of files of the same day, the one that is named first is the newest."""
    found = rows(sorted(map(Results, paths), key=lambda results: results.date, reverse=True))
    engines = [engine for engine in ENGINES if any(engine in cells for _, _, cells in found)]
    lines = [line(["work", *(ENGINES[engine] for engine in engines), "date"]), "|---" * (len(engines) + 2) + "|"]
    for (name, items), results, cells in found:
        title = f"{name}, {items} sequences" if items else name
        link = os.path.relpath(results.path, os.path.dirname(os.path.abspath(__file__)))
        date = f"[{results.date or os.path.basename(link)}]({link})"
        lines.append(line([title, *(cells.get(engine, "") for engine in engines), date]))
    return lines


def line(cells):
    """Return a line of a Markdown table."""
    return "|" + "|".join(f" {cell} " if cell else " " for cell in cells) + "|"


def differences(page, first, shown, expected):
    """Return a sentence for each line that a table shows and should not, or should and does not.

    `first` is the page's number of the first line shown.
    """
    problems = []
    for number, text in enumerate(shown, first):
        if text and text not in expected:
            problems.append(f"{page}:{number}: --table does not print this line.")
    for text in expected:
        if text not in shown:
            problems.append(f"{page}:{first}: the table lacks this line of --table: {text}")
    if not problems and list(filter(None, shown)) != expected:
        problems.append(f"{page}:{first}: --table prints the lines of this table in another order.")
    return problems


def check(page):
    """Return a sentence for each line of a page's tables that is not what their files give.

    A table stands between `<!-- table: FILE FILE -->` and `<!-- end -->`; the files are named from the page's folder.
    """
    try:
        with open(page) as file:
            text = file.read()
    except OSError as error:
        return [f"{page} cannot be read: {error.strerror}."]
    problems = []
    tables = list(re.finditer(r"<!-- table:(.*?)-->\n(.*?)(<!-- end -->|\Z)", text, re.DOTALL))
    for match in tables:
        first = text.count("\n", 0, match.start(2)) + 1
        if not match[3]:
            problems.append(f"{page}:{first}: this table has no <!-- end -->.")
            continue
        try:
            expected = table([os.path.join(os.path.dirname(page), name) for name in match[1].split()])
        except (OSError, ValueError, KeyError) as error:
            problems.append(f"{page}:{first}: the files of this table cannot be read: {error}.")
            continue
        problems += differences(page, first, match[2].splitlines(), expected)
    if not tables:
        problems.append(f"{page}: no table is marked with <!-- table: FILE -->.")
    return problems
