#!/usr/bin/env python3
"""Predicts from compilers' output and a real run's launches how fast gpt2-gpu would be on an H100 SXM. Needs no GPU.

  predict.py [--program .build/release/gpt2-gpu] [--run 124m,fp16,1,96]... [--one-launch layer|step]
             [--assume launch_gap=1e-6]... [--json FILE|-] [--page Benchmarks/results/gpu-predictions.md]

A run is a model, a precision, a batch, and tokens of each prompt; `--model 124m --batch 1 --prompt 96` is one too. A
model of many layers is captured sooner as `1558m:48=FOLDER`: the folder's model has fewer, which stand for 48. The
program runs on the emulated GPU (Tests/EmulatedGPU), which computes four work-groups of each kind of launch and writes
down what they run; the compilers are those of Tests/GPUCode. No number that this prints is a measurement.
"""

import argparse
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from prediction.assumptions import Device  # noqa: E402
from prediction.capture import ROOT, Failure, capture, layers_of  # noqa: E402

# Decoding in the middle of 32 + 128 tokens, as the sweep measures it: 256 sequences begin within some 12 steps, so that
# those with prompts of 90 have 96 tokens in the mean; long prompts.
RUNS = ("124m,fp16,1,96", "124m,fp16,256,90", "1558m,fp16,1,96")
RUNS += ("124m,fp16,1,512", "124m,fp16,4,512", "1558m,fp16,1,512")


def parse(arguments):
    """The options of a command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=ROOT + "/.build/release/gpt2-gpu", help="the program, or its folder")
    parser.add_argument("--run", action="append", help="model, precision, batch, tokens of a prompt")
    parser.add_argument("--model", help="as of `bench`: one run of that model")
    parser.add_argument("--precision", default="fp16")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--prompt", type=int, default=96)
    parser.add_argument("--one-launch", choices=("layer", "step"), help="print what fusing the launches would be worth")
    parser.add_argument("--assume", action="append", default=[], metavar="NAME=NUMBER", help="replace an assumption")
    parser.add_argument("--folder", default=ROOT + "/.build/gpu-predictions", help="where captures are kept")
    parser.add_argument("--as-captured", action="store_true", help="take the captures that are in the folder")
    parser.add_argument("--json", help="write everything as JSON; - is standard output")
    parser.add_argument("--page", help="write the page of predictions")
    options = parser.parse_args(arguments)
    if options.model:
        options.run = [f"{options.model},{options.precision},{options.batch},{options.prompt}"]
    options.run = options.run or list(RUNS)
    if os.path.isdir(options.program):
        options.program = os.path.join(options.program, "gpt2-gpu")
    return options


def main():
    """The command; 1 where something is missing."""
    options = parse(sys.argv[1:])
    try:
        device = Device({name: float(value) for name, _, value in (a.partition("=") for a in options.assume)})
        from prediction import page
        from prediction.machine import Programs
        from prediction.steps import Run

        folder, runs = os.path.abspath(options.folder), []
        for words in options.run:
            model, precision, batch, prompt = words.split(",")
            print(f"{model} {precision}, batch {batch}, {prompt} tokens a prompt", file=sys.stderr, flush=True)
            model, _, source = model.partition("=")
            model, _, layers = model.partition(":")
            words = (model, precision, int(batch), int(prompt))
            steps = capture(os.path.abspath(options.program), folder, *words, source, again=not options.as_captured)
            more = int(layers) - layers_of(source) if layers else 0
            runs.append(Run(device, Programs(folder), steps, *words, more))
        document = page.collect(device, runs)
    except (Failure, ValueError) as failure:
        print(f"predict.py: {failure}", file=sys.stderr)
        return 1
    text = page.write(document)
    if options.page:
        with open(options.page, "w") as file:
            file.write(text)
    if options.json == "-":
        json.dump(document, sys.stdout, indent=1)
    elif options.json:
        with open(options.json, "w") as file:
            json.dump(document, file, indent=1)
    if not options.page and options.json != "-":
        print(page.worth_table(document, options.one_launch) if options.one_launch else text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
