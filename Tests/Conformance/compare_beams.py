#!/usr/bin/env python3
"""Compares beam search with transformers, in one job of many prompts and settings.

  compare_beams.py [--binary .build/release/gpt2-gpu] [--model Models/demo] [--devices 0,cpu] [--prompts 40]

Each prompt is searched with every form of early stopping and three length penalties, with 1 to 8 beams, by the model's end
of text and by two tokens that end a text often; a third of the searches has processors (which the host applies). All that
ended must have the same scores to 1e-4 and, where no other is as near, the same tokens. Then drawn beams: the first tokens
of many must be spread as transformers' chances say. Needs torch and transformers. Exit status 1 where something differs.
"""
import argparse, collections, itertools, json, math, os, shutil, subprocess, sys, tempfile

import torch
from transformers import GenerationConfig, GPT2LMHeadModel

TOLERANCE = 1e-4
TEXTS = ["My dream is", "The king", "O Romeo,", "What", "First Citizen:\nBefore we", "I think that we should", "Good night"]
PROCESSORS = [{"repetition_penalty": 1.3}, {"no_repeat_ngram_size": 2}, {"min_new_tokens": 6}]


def searches(prompts, tokenize):
    """The settings of each item, with the tokens of its prompt."""
    for number in range(prompts):
        ids = tokenize[number % len(tokenize)] + [(37 * number + 11 * i) % 2000 for i in range(number % 5)]
        for form, (early, penalty) in enumerate(itertools.product((False, True, "never"), (0.0, 1.0, 2.5 if number % 2 else -0.5))):
            beams = 1 + (number + form) % 8
            settings = {"num_beams": beams, "early_stopping": early, "length_penalty": penalty, "max_new_tokens": 7 + (7 * number + form) % 20}
            yield ids, settings | (PROCESSORS[(number // 3) % 3] if number % 3 == 2 else {})


def expect(model, ids, settings, ends):
    """The tokens and scores of all beams that ended."""
    prompt = torch.tensor([ids])
    with torch.inference_mode():
        r = model.generate(prompt, attention_mask=torch.ones_like(prompt), do_sample=False,
                           num_return_sequences=settings["num_beams"], return_dict_in_generate=True, output_scores=True, **settings)
    if settings["num_beams"] == 1: return [(list(r.sequences[0][len(ids):].tolist()), None)]
    texts = []
    for sequence, score in zip(r.sequences, r.sequences_scores):
        tokens = sequence[len(ids):].tolist()
        end = next((i for i, t in enumerate(tokens) if t in ends), len(tokens) - 1)
        texts.append((tokens[:end + 1], score.item()))
    return texts


def run(binary, folder, device, items):
    """Runs a job; returns its results in the items' order."""
    with open(folder + "/items.jsonl", "w") as file: file.writelines(json.dumps(item) + "\n" for item in items)
    done = subprocess.run([binary, "batch", "--model", folder, "--device", device, "--precision", "fp32", "--preset", "hf5", "--in",
                           folder + "/items.jsonl", "--out", "-", "--ordered", "--seed", "1"], capture_output=True, text=True)
    if done.returncode: sys.exit(f"exit status {done.returncode}: {done.stderr[:500]} {done.stdout[:300]}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def compare(found, expected):
    """What is wrong with an item's texts; the largest difference of a score; whether a tie came out differently."""
    texts = found.get("sequences") or [found]
    if len(texts) != len(expected): return f"{len(texts)} texts, not {len(expected)}", 0, False
    if expected[0][1] is None:
        return (None if texts[0]["token_ids"] == expected[0][0] else "the likeliest tokens differ"), 0, False
    scores, right = [t["score"] for t in texts], [score for _, score in expected]
    worst = max(abs(a - b) for a, b in zip(scores, right))
    if worst > TOLERANCE: return f"scores {scores}, not {right}", worst, False
    differing = [i for i, (t, (tokens, _)) in enumerate(zip(texts, expected)) if t["token_ids"] != tokens]
    for i in differing:  # either is right where another score is as near
        if not any(abs(score - right[i]) < 2e-5 for j, score in enumerate(right) if j != i): return f"text {i} is {texts[i]['token_ids']}, not {expected[i][0]}", worst, False
    return None, worst, bool(differing)


def spread(binary, folder, device, model, ids, draws=3000):
    """How far the first tokens of drawn beams lie from their chances, in standard deviations; two beams, of which both are wanted."""
    settings = {"num_beams": 2, "n": 2, "max_new_tokens": 1, "temperature": 0.8, "top_k": 6, "return_full_text": False, "logprobs": True}
    results = run(binary, folder, device, [{"id": i, "prompt": ids} | settings for i in range(draws)])
    with torch.inference_mode(): row = torch.log_softmax(model(torch.tensor([ids])).logits[0, -1].float(), -1) / 0.8
    values, tokens = row.topk(6)
    chances = dict(zip(tokens.tolist(), torch.softmax(values, 0).tolist()))
    # Of those drawn one after the other, the first two end; without order, a pair comes in either.
    pairs = {frozenset((a, b)): chances[a] * chances[b] / (1 - chances[a]) + chances[b] * chances[a] / (1 - chances[b])
             for a, b in itertools.combinations(chances, 2)}
    count = collections.Counter(frozenset(t["token_ids"][0] for t in r["sequences"]) for r in results)
    if set(count) - set(pairs): return math.inf
    return max(abs(count[p] - draws * c) / math.sqrt(draws * c * (1 - c)) for p, c in pairs.items())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=".build/release/gpt2-gpu"); parser.add_argument("--model", default="Models/demo")
    parser.add_argument("--devices", default="0,cpu"); parser.add_argument("--prompts", type=int, default=40)
    a = parser.parse_args()
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in os.listdir(a.model): shutil.copy(os.path.join(a.model, name), folder)
        model = GPT2LMHeadModel.from_pretrained(folder, dtype=torch.float64).eval()
        texts = [json.loads(subprocess.run([a.binary, "tokenize", "--model", folder, "--format", "json", text], capture_output=True,
                                           text=True, check=True).stdout)["tokens"] for text in TEXTS]
        texts = [[t["id"] if isinstance(t, dict) else t for t in ids] for ids in texts]
        for ends in ([model.config.eos_token_id], [13, 198]):
            with open(folder + "/generation_config.json", "w") as file: json.dump({"eos_token_id": ends}, file)
            model.generation_config = GenerationConfig(eos_token_id=ends, pad_token_id=ends[0])
            work = list(searches(a.prompts, texts))
            expected = [expect(model, ids, settings, ends) for ids, settings in work]
            items = [{"id": i, "prompt": ids, "greedy": True, "n": settings["num_beams"], "logprobs": True, "return_full_text": False} | settings
                     for i, (ids, settings) in enumerate(work)]
            for device in a.devices.split(","):
                worst = ties = 0
                for found, (ids, settings), right in zip(run(a.binary, folder, device, items), work, expected):
                    problem, difference, tie = compare(found, right)
                    worst = max(worst, difference); ties += tie
                    if problem: failures += 1; print(f"FAILED device {device}, {ids}, {settings}, ends {ends}: {problem}", flush=True)
                print(f"device {device}, ends {ends}: {len(work)} searches, largest difference of a score {worst:.1e}, {ties} ties", flush=True)
        for device in a.devices.split(","):
            distance = spread(a.binary, folder, device, model, texts[0])
            print(f"device {device}: drawn beams within {distance:.1f} standard deviations of their chances", flush=True)
            failures += distance > 4.5
    sys.exit(failures > 0)


main()
