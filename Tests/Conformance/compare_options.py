#!/usr/bin/env python3
"""Compares greedy texts of gpt2-gpu in fp32 with those of transformers in float64, option by option.

  compare_options.py [--binary .build/release/gpt2-gpu] [--model Models/demo] [--device 0]

Each option is given to transformers' `generate` by its name, to the program by its flag, and to the program again by a
generation_config.json of the model; the tokens must be equal, unless float64 itself was undecided by less than 1e-4.
Needs torch and transformers. Exit status 1 where something differs.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

import torch
from transformers import AutoTokenizer, GPT2LMHeadModel

PROMPTS = ["My dream is", "ROMEO:\nI think that", "O"]
CASES = [
    dict(suppress_tokens=[11, 13, 198]),
    dict(begin_suppress_tokens=[407, 262, 11]),
    dict(sequence_bias=[[[11], -3.0], [[262, 995], 5.0], [[198, 40], -4.5]]),
    dict(bad_words_ids=[[11], [314, 716]], no_repeat_ngram_size=3),
    dict(repetition_penalty=1.3, sequence_bias=[[[198], 2.0]]),
    dict(encoder_repetition_penalty=3.0),
    dict(encoder_repetition_penalty=0.3, repetition_penalty=1.2),
    dict(encoder_no_repeat_ngram_size=1, no_repeat_ngram_size=3),
    dict(exponential_decay_length_penalty=[5, 1.2]),
    dict(exponential_decay_length_penalty=[3, 1.05], min_new_tokens=12),
    dict(forced_eos_token_id=[2047]),
    dict(forced_bos_token_id=314, begin_suppress_tokens=[716, 11]),
    dict(guidance_scale=1.5),
    dict(guidance_scale=0.5, repetition_penalty=1.2),
    dict(guidance_scale=2.5, no_repeat_ngram_size=3, negative_prompt="Good night, my lord, and all the world is"),
    dict(guidance_scale=-1.0, negative_prompt="O"),
    dict(suppress_tokens=[11], no_repeat_ngram_size=2, repetition_penalty=0.8, forced_eos_token_id=13),
]
NEW = 40


def ids(tokens):
    """Token ids as the command line takes them."""
    return ",".join(map(str, [tokens] if isinstance(tokens, int) else tokens))


def flags(options):
    """The options as flags."""
    for name, value in options.items():
        flag = "--" + name.replace("_", "-")
        if name == "sequence_bias":
            for tokens, bias in value:
                yield from (flag, f"{ids(tokens)}={bias}")
        elif isinstance(value, (float, str)) or name.endswith(("no_repeat_ngram_size", "min_new_tokens")):
            yield from (flag, str(value))
        else:
            yield from (flag, ids(value))


def expect(model, tokenizer, prompt, options):
    """The new tokens, and how near each came to the runner-up."""
    options = dict(options)
    if negative := options.pop("negative_prompt", None):
        options["negative_prompt_ids"] = torch.tensor([tokenizer.encode(negative)])
    out = model.generate(
        torch.tensor([prompt]), do_sample=False, max_new_tokens=NEW, output_scores=True, return_dict_in_generate=True,
        pad_token_id=0, **options,
    )
    margins = []
    for scores in out.scores:
        best = scores[0].topk(2).values
        margins.append((best[0] - best[1]).item())
    return out.sequences[0, len(prompt) :].tolist(), margins


def main():
    """Compares, and tells what differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=".build/release/gpt2-gpu")
    parser.add_argument("--model", default="Models/demo")
    parser.add_argument("--device", default="0")
    arguments = parser.parse_args()
    model = GPT2LMHeadModel.from_pretrained(arguments.model, dtype=torch.float64, attn_implementation="eager").eval()
    model.generation_config.min_length = 0
    tokenizer = AutoTokenizer.from_pretrained(arguments.model)
    failures = compared = 0
    for options in CASES:
        with tempfile.TemporaryDirectory() as folder:
            for name in os.listdir(arguments.model):
                os.symlink(os.path.abspath(f"{arguments.model}/{name}"), f"{folder}/{name}")
            os.remove(f"{folder}/generation_config.json")
            plain = {"eos_token_id": model.config.eos_token_id}
            ways = [(options | plain, [])]
            if "negative_prompt" in options:  # no file has one
                ways = []
            if "bad_words_ids" not in options:  # whose flag takes words
                ways.append((plain, [*flags(options)]))
            for configuration, way in ways:
                with open(f"{folder}/generation_config.json", "w") as file:
                    json.dump(configuration, file)
                for text in PROMPTS:
                    prompt = tokenizer.encode(text)
                    expected, margins = expect(model, tokenizer, prompt, options)
                    run = subprocess.run(
                        [arguments.binary, "generate", "--model", folder, *way, "--device", arguments.device,
                         "--precision", "fp32", "--greedy", "--preset", "hf5", "--max-new-tokens", str(NEW),
                         "--prompt-tokens", ids(prompt), "--format", "json"],
                        capture_output=True, text=True,
                    )
                    compared += 1
                    found = json.loads(run.stdout)["sequences"][0]["tokens"] if run.returncode == 0 else run.stderr
                    differing = next((i for i, (a, b) in enumerate(zip(found, expected)) if a != b), None)
                    if differing is not None and margins[differing] < 1e-4:
                        continue
                    if found != expected:
                        failures += 1
                        print(f"FAILED {options} {' '.join(way)} {text!r}: {found}, not {expected}")
    print(f"{compared} texts, {failures} differ")
    sys.exit(failures > 0)


main()
