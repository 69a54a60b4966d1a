#!/usr/bin/env python3
"""gpt2-gpu beside other engines, in turn on one machine: JSON of every run and a table of medians.

  compare_peers.py MODEL [--engines ours-fp16,ours-cpu,llama-f16,ct2-int8,hf-bf16] [--work single,batch64,card]
                   [--rounds 3] [--out results/DATE-NAME.json]
  compare_peers.py --table FILE [FILE ...]   print the Markdown table of files that --out wrote, all of one machine
  compare_peers.py --check PAGE              exit with 1 if a table in a page is not what --table prints

MODEL is a GPT-2 folder in the Hugging Face layout. Every round runs every engine once on a work, so that a change of
the machine's speed hits all of them alike; quote the ratios. Every new token is forced, so that all do the same work.
Rates count generated tokens (prefill: prompt tokens) over prefill and decode, loading excluded, after a warm-up;
With --processor-time, for machines whose cores are too busy for a clock on the wall, seconds are those of all cores.
`card` is a whole process, from its start to its end, with its peak memory. The peers cannot refill a batch: of ragged
work they get batches of sequences of nearly the same length, and only tokens that were asked for count.
Needs numpy, torch, transformers; ct2-* also ctranslate2; llama-* also llama_cpp and gguf. --table and --check need
only Python.
"""

import argparse
import json
import os
import platform
import statistics
import sys

import peer_tables
from engines import KINDS, Ours
from engines.whole_process import whole_process
from works import ENGINES, USUAL, WORKS, Task


def measure(options):
    """Run every engine on every work in turn; return the runs: seconds, tokens/s, and of card peak memory in MiB."""
    engines = {}
    for engine in options.engines.split(","):
        family, kind = engine.split("-", 1)
        engines[engine] = KINDS[family](kind, options)
    runs = []
    for work in options.work.split(","):
        for turn in range(0 if work == "ragged" else -1, options.rounds):  # the first warms up; ragged takes minutes
            for engine in engines:
                is_ours = engine.startswith("ours")
                # `bench` warms up in each of its processes; the program's other commands need their kernels compiled.
                if turn < 0 and is_ours and work in USUAL and work != "card":
                    continue
                if work == "card" and not (is_ours or engine.startswith("hf-fp32")):
                    continue
                if (work == "ragged" or work == "beams") and engine.startswith("llama"):
                    continue
                if work == "one-processor" and not is_ours:
                    continue
                task, memory = Task(work, turn, options.vocabulary, options.items, encoder(options.model)), None
                if work == "card":
                    seconds, memory = whole_process(engines[engine] if is_ours else None, task, options.model)
                elif options.processor_time:
                    seconds = processor_seconds(engines[engine], task)
                else:
                    seconds = engines[engine].run(task)
                if turn >= 0:
                    rate = task.tokens / seconds
                    run = dict(work=work, engine=engine, turn=turn, seconds=seconds, memory_mib=memory)
                    runs.append(run | dict(tokens_per_s=rate, load=os.getloadavg()[0]))
                    print(work, engine, f"{rate:.1f} tokens/s", file=sys.stderr, flush=True)
    return runs


def processor_seconds(engine, task):
    """Return the seconds of processor time that a task takes, of whole processes without their loading."""

    def used(task):
        before = os.times()
        engine.run(task)
        return sum(now - then for now, then in zip(os.times()[:4], before[:4]))

    return used(task) - (used(task.least()) if isinstance(engine, Ours) else 0)


def encoder(model):
    """Return a function that makes tokens of a text."""

    def encode(text):
        from transformers import AutoTokenizer

        return AutoTokenizer.from_pretrained(model).encode(text)

    return encode


def print_medians(runs, options):
    """Print a table of the medians of these runs."""
    rounds = f"{options.rounds} rounds in turn"
    print(f"{options.processor}, {options.threads} threads, {rounds}: median (lowest to highest)\n")
    print("| work | engine | tokens/s | seconds | MiB |\n|---|---|---|---|---|")
    for work in options.work.split(","):
        for engine in options.engines.split(","):
            of = [r for r in runs if r["work"] == work and r["engine"] == engine]
            if not of:
                continue
            rates = sorted(r["tokens_per_s"] for r in of)
            memory = f"{statistics.median(r['memory_mib'] for r in of):.0f}" if work == "card" else ""
            print(
                f"| {work} | {engine} | {statistics.median(rates):.1f} ({rates[0]:.1f} to {rates[-1]:.1f}) | "
                f"{statistics.median(r['seconds'] for r in of):.2f} | {memory} |"
            )


def processor():
    """Return the name of this machine's processor."""
    with open("/proc/cpuinfo") as file:
        names = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    return names[0] if names else platform.processor()


def parse(arguments):
    """Return the options of a command line."""
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?")
    parser.add_argument("--table", nargs="+", metavar="FILE", help="print the table of these files and measure nothing")
    parser.add_argument("--check", metavar="PAGE", help="compare a page's tables with their files and measure nothing")
    parser.add_argument("--binary", default=os.path.join(here, "../.build/release/gpt2-gpu"))
    parser.add_argument("--device", default="0", help="the OpenCL device of ours-fp16 and the like")
    parser.add_argument("--engines", default=",".join(engine for engine in ENGINES if "+" not in engine))
    parser.add_argument("--work", default=",".join(USUAL), help=f"of {', '.join(WORKS)}")
    parser.add_argument("--drafts", help="a folder of models: 0.6 for ours-fp16+draft-0.6")
    parser.add_argument("--processor-time", action="store_true", help="measure it, where others use the machine")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--items", type=int, default=WORKS["ragged"][0], help="sequences of ragged work")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument(
        "--cache",
        default=os.path.expanduser("~/.cache/gpt2-tools/models"),
        help="of NAME-f16.gguf, ct2-NAME and the like",
    )
    parser.add_argument("--out")
    options = parser.parse_args(arguments)
    if not (options.model or options.table or options.check):
        parser.error("a MODEL, --table or --check is needed")
    return options


def main():
    """Measure, or print or check tables of what was measured."""
    options = parse(sys.argv[1:])
    if options.table:
        print("\n".join(peer_tables.table(options.table)))
    if options.check:
        sys.exit("\n".join(peer_tables.check(options.check)) or 0)
    if options.table:
        return
    options.name = os.path.basename(os.path.abspath(options.model))
    with open(options.model + "/config.json") as file:
        options.vocabulary = json.load(file)["vocab_size"]
    options.processor = processor()
    runs = measure(options)
    print_medians(runs, options)
    if options.out:
        machine = dict(processor=options.processor, threads=options.threads, device=options.device)
        with open(options.out, "w") as file:
            json.dump(machine | dict(arguments=sys.argv[1:], runs=runs), file, indent=1)


if __name__ == "__main__":
    main()
