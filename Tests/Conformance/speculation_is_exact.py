#!/usr/bin/env python3
"""Texts with guesses are those without, byte for byte: by look-up and by a draft, in every precision.

  speculation_is_exact.py [--binary .build/release/gpt2-gpu] [--items 2000] [--batch-size 8]
                          [--precisions fp32,fp16,bf16,int8,int4]

Each item has one of five settings, greedy and drawn, some of which the host carries out, and every fourth has two
samples. `batch` writes them without guesses, with --prompt-lookup, and with --draft: the demo model's first layer,
which is often wrong, so that all ways of a guess to end come up; in batches so small that guesses pay. A run none of
whose guesses was right proves nothing and counts as a failure, as does one none of whose was wrong. Exit status 1
where a line differs.
"""

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile

SETTINGS = [
    {"greedy": True},
    {"greedy": False, "temperature": 1.0, "top_k": 50},
    {"greedy": False, "temperature": 0.5, "top_k": 0, "top_p": 0.9},
    {"greedy": False, "temperature": 0.3, "repetition_penalty": 1.1, "min_p": 0.05},
    {"greedy": False, "temperature": 0.7, "no_repeat_ngram_size": 5, "logit_bias": {"11": 1.0}},
]
PROMPTS = [
    "ROMEO:\nI will go",
    "the king, the queen, the king, the",
    "1. a\n2. b\n3. a\n4. b\n5.",
    "To be, or not",
    "O",
]


def items(count):
    """The items, as lines."""
    numbers = random.Random(1)
    for index in range(count):
        lengths = {"max_new_tokens": numbers.randint(1, 32), "n": 2 if index % 4 == 0 else 1}
        prompt = numbers.choice(PROMPTS) + " " + numbers.choice(["", "my lord", "and", "my lord, my lord, my"])
        yield json.dumps({"id": index, "prompt": prompt.strip(), **lengths, **SETTINGS[index % len(SETTINGS)]}) + "\n"


def first_layer(model, folder):
    """Write a model of another's first layer."""
    with open(f"{model}/model.safetensors", "rb") as file:
        size = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(size))
        data = file.read()
    kept, bytes_ = {}, b""
    for name, tensor in header.items():
        layer = re.search(r"\bh\.(\d+)\.", name)
        if name == "__metadata__" or (layer and int(layer[1]) > 0):
            continue
        first, end = tensor["data_offsets"]
        kept[name] = tensor | {"data_offsets": [len(bytes_), len(bytes_) + end - first]}
        bytes_ += data[first:end]
    text = json.dumps(kept).encode()
    with open(f"{folder}/model.safetensors", "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text + bytes_)
    with open(f"{model}/config.json") as file:
        configuration = json.load(file) | {"n_layer": 1}
    with open(f"{folder}/config.json", "w") as file:
        json.dump(configuration, file)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        os.symlink(os.path.abspath(f"{model}/{name}"), f"{folder}/{name}")


def write(arguments, precision, source, *guesses):
    """The results of a job, and what its summary says of guesses."""
    command = [arguments.binary, "batch", "--model", arguments.model, "--device", arguments.device]
    command += ["--precision", precision, "--batch-size", arguments.batch_size]
    command += ["--seed", "7", "--ordered", "--in", source, "--out", "-", "--verbose"]
    result = subprocess.run([*command, *guesses], capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"{' '.join(result.args)}\n{result.stderr}")
    return result.stdout.splitlines(), re.search(r"([\d,]+) of ([\d,]+) guessed tokens right", result.stderr)


def main():
    """Compare, and tell what differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=".build/release/gpt2-gpu")
    parser.add_argument("--model", default="Models/demo")
    parser.add_argument("--device", default="0")
    parser.add_argument("--batch-size", default="8")
    parser.add_argument("--items", type=int, default=2000)
    parser.add_argument("--precisions", default="fp32,fp16,bf16,int8,int4")
    arguments = parser.parse_args()
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        first_layer(arguments.model, folder)
        source = f"{folder}/items.jsonl"
        with open(source, "w") as file:
            file.writelines(items(arguments.items))
        for precision in arguments.precisions.split(","):
            expected, _ = write(arguments, precision, source)
            for guesses in (["--prompt-lookup"], ["--draft", folder]):
                found, said = write(arguments, precision, source, *guesses)
                different = sum(one != other for one, other in zip(found, expected, strict=True))
                right, tried = (int(number.replace(",", "")) for number in said.groups()) if said else (0, 0)
                failures += different + (not 0 < right < tried)
                counts = f"{len(found)} items, {different} differ, {right} of {tried} guesses right"
                print(f"{precision} {guesses[0]}: {counts}", flush=True)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
