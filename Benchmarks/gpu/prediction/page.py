"""The page of predictions, and the document that it is written from."""

from .steps import summary, worth_of_fusing

HEAD = """# Predictions for a GPU

Written by `Benchmarks/gpu/predict.py --page`. **Every number on this page is a prediction** of a model that no card has
confirmed; expect it to be off by a factor of two either way.

The model takes the launches of a real run of the engine on the emulated GPU, the basic blocks that four work-groups of
each launch run there (those that share a sum together, so that the last one's part is seen), and the registers, local
memory and bytes under way that NVIDIA's assembler reports for sm_90. A group's time alone is its instructions in order,
each waiting for what it reads, and fences for what was stored; moves of registers, which assemblers do away with, take
none, and others go on while tensor cores take a product. From one barrier to the next, all groups that share a unit
take at least what the unit takes for their instructions, matrix products, from the first that has its operands on, and
accesses of local memory. Bytes under way limit what comes from DRAM: in the assembler's code, other loads stand before
what needs them. A launch takes that long for every round of groups, the rounds before the last by the groups' mean, or
what DRAM, the second-level cache, instructions, matrix products or local memory take, whichever is more; the
second-level cache brings each group all that it reads, once, small buffers to a unit. Weights that an earlier launch
has asked for ("MB ahead") come from there, where DRAM has brought them meanwhile: behind that launch's own data, and in
gaps no more than what its units had under way (`ahead_under_way`). A step is the sum of its launches and the gaps
between them, or what the host takes to enqueue them."""
PARTS = ("gap", "before", "bytes", "waiting", "after")
MICRO = 1e6


# What the engine should reach on this card.
GOALS = {
    ("124m", 1, "decode"): ("tokens_per_s", 4500, "4,500 tokens/s"),
    ("1558m", 1, "decode"): ("bandwidth_share", 0.65, "65 % of the bandwidth"),
    ("124m", 256, "decode"): ("tokens_per_s", 250_000, "250,000 tokens/s"),
    ("124m", 1, "prefill"): ("flop_per_s", 150e12, "150 TFLOP/s"),
    ("124m", 4, "prefill"): ("flop_per_s", 150e12, "150 TFLOP/s"),
    ("1558m", 1, "prefill"): ("flop_per_s", 150e12, "150 TFLOP/s"),
}


def collect(device, runs):
    """The document of some runs."""
    document = {"format": "gpt2-gpu predictions 1", "device": "NVIDIA H100 SXM (assumed)", "runs": []}
    document["assumptions"] = [vars(row) for row in device.table]
    for run in runs:
        of_run = {"model": run.model, "precision": run.precision, "batch": run.batch, "prompt": run.prompt}
        of_run["context"] = run.context
        of_run["more_layers"] = run.more_layers
        for part, predicted, tokens in (
            ("decode", run.decode(), run.batch),
            ("prefill", run.prefill(), run.batch * run.prompt),
        ):
            sums = summary(device, predicted)
            of_run[part] = {
                **sums,
                "tokens_per_s": tokens / sums["seconds"],
                "one_launch": worth_of_fusing(device, predicted),
                "rows": _rows(device, predicted),
                "unknown": sorted({f"{p.label}: {name}" for p in predicted for name in p.unknown}),
            }
        document["runs"].append(of_run)
    return document


def _rows(device, predicted):
    """A row for each kind of launch: how many there are, and where the microseconds of all go."""
    rows = {}
    for one in predicted:
        p, launch = one.prediction, one.launch
        row = rows.setdefault(
            (one.label, launch.work, launch.items),
            {
                "kernel": one.label,
                "groups": launch.groups,
                "items": launch.group_size,
                "registers": one.kernel.registers,
                "under_way": one.kernel.under_way,
                "resident_groups": p.resident,
                "count": 0,
                "dram_bytes": 0.0,
                "ahead_bytes": 0.0,
                "bound": p.bound,
                **{part: 0.0 for part in PARTS},
            },
        )
        row["count"] += 1
        row["dram_bytes"] += p.dram_bytes
        row["ahead_bytes"] += p.ahead_bytes
        of_bytes = min(p.dram, p.during)
        for part, value in zip(PARTS, (device.launch_gap, p.before, of_bytes, p.during - of_bytes + p.asking, p.after)):
            row[part] += value
    return list(rows.values())


def _table(head, rows, left=1):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * left + "---:|" * (len(head) - left)]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows])


def _name(run, part):
    if part == "prefill":
        return f"{run['model']} {run['precision']}, prompt of {run['prompt']} tokens × {run['batch']}"
    least, most = run["context"]
    before = f"{least} to {most}" if most > least else f"{least}"
    return f"{run['model']} {run['precision']}, batch {run['batch']}, {before} tokens before"


def _chosen(document):
    """Decoding of every run, but of those whose prompts are long the prompt."""
    return [(run, "prefill" if run["prompt"] >= 512 else "decode") for run in document["runs"]]


def worth_table(document, which=None):
    """What fewer launches would be worth, in one table; `which` is layer or step."""
    names = [which] if which else ["layer", "step"]
    head = ["", "as it is: µs", *(f"one launch a {n}{early}" for n in names for early in ("", ", weights asked early"))]
    rows = []
    for run, part in _chosen(document):
        worth = run[part]["one_launch"]
        cells = [worth.get(f"{n}{early}_s") for n in names for early in ("", "_early")]
        rows.append([_name(run, part), f"{worth['as_is_s'] * MICRO:,.0f}", *(_microseconds(cell) for cell in cells)])
    return _table(head, rows)


def _microseconds(seconds):
    return "-" if seconds is None else f"{seconds * MICRO:,.0f}"


def _sums(document):
    rows = []
    for run, part in _chosen(document):
        sums = run[part]
        tera = f"{sums['flop_per_s'] / 1e12:,.1f}"
        rows.append(
            [_name(run, part), sums["launches"], f"{sums['seconds'] * MICRO:,.0f}", f"{sums['tokens_per_s']:,.0f}"]
            + [f"{sums[key] * MICRO:,.0f}" for key in ("execution_s", "gaps_s", "host_s", "floor_s")]
            + [f"{sums['bandwidth_share']:.0%}", tera, _goal(run, part)]
        )
    head = [
        "",
        "launches",
        "µs",
        "tokens/s",
        "kernels run",
        "gaps",
        "host",
        "floor: bytes",
        "of bandwidth",
        "TFLOP/s",
        "goal",
    ]
    return _table(head, rows)


def _goal(run, part):
    key, least, words = GOALS.get((run["model"], run["batch"], part), (None, 0, ""))
    return words and f"{words}: {run[part][key] / least:.0%} of it"


def _where(run, part):
    rows = []
    for row in run[part]["rows"]:
        total = sum(row[name] for name in PARTS)
        megabytes = [f"{row[kind] / 1e6:,.1f}" for kind in ("dram_bytes", "ahead_bytes")]
        rows.append(
            [row["kernel"], row["count"], f"{row['groups']} × {row['items']}", row["registers"], row["under_way"] or ""]
            + [row["resident_groups"], *megabytes, f"{total * MICRO:,.1f}"]
            + [f"{row[name] * MICRO:,.1f}" for name in PARTS]
            + [row["bound"]]
        )
    head = ["launch", "count", "groups × items", "registers", "B under way", "groups a unit", "MB from DRAM", "MB ahead"]
    head += ["µs", "gaps", "before the bytes", "the bytes", "waiting", "after the bytes", "bound by"]
    return _table(head, rows)


def write(document):
    """The page."""
    parts = [HEAD, "", "## Sums\n", _sums(document), ""]
    parts.append("TFLOP/s are of the products' rows and weights alone. The floor is what the bytes from DRAM take.\n")
    parts += ["## What one launch a layer, or a step, would be worth\n", worth_table(document), ""]
    parts.append(
        "In µs: a barrier of all groups takes the place of a gap; asked early: each product's first weights are on "
        "their way while it waits.\n"
    )
    parts.append("## Where each microsecond goes\n")
    for run, part in _chosen(document):
        parts += [f"### {_name(run, part)}\n", _where(run, part), ""]
        if run["more_layers"]:
            parts.append(f"Of the layers, {run['more_layers']} were not captured: they are as those that were.\n")
        if run[part]["unknown"]:
            parts.append(f"Large, and counted as in the second-level cache: {', '.join(run[part]['unknown'])}.\n")
    parts.append("## What is assumed, and how a card would confirm it\n")
    rows = [[a["name"], f"{a['value']:.10g}", a["unit"], a["source"], a["check"]] for a in document["assumptions"]]
    parts += [_table(["", "value", "unit", "source", "check"], rows), ""]
    return "\n".join(parts)
