#!/usr/bin/env python3
"""Writes processor_cases.tsv: what transformers makes of logits, by option, for ProcessorConformanceTests.

  make_processor_cases.py > Tests/Conformance/processor_cases.tsv

The first line is what every generation_config.json has; each other line is what one has besides, a tab, and CASES
results. The logits and tokens of a case follow from the number of its line and its place there, by the generator that
`case` describes; many logits are equal. A result is the tokens that may be chosen, as bits in hexadecimal, and the sum
of their probabilities times random weights, in millionths; `-` where rounding decides: where fp32 and fp64 differ, or
top-h's share is met exactly. torch promises no order of equal scores, among which top-p and top-h may cut: here it
sorts them by their ids. Needs torch and transformers 5.23.
"""
import json
import random

import torch
from transformers import GenerationConfig, GPT2Config, GPT2LMHeadModel

LINES, CASES = 50, 20
MASK = (1 << 64) - 1
END = 1  # the end of text
BASE = {"do_sample": True, "max_length": 10, "eos_token_id": END, "vocab_size": 32, "temperature": 1.0, "top_k": 0}


class SplitMix64:
    """The random numbers of TestGenerator."""

    def __init__(self, seed):
        self.state = seed

    def below(self, bound):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ z >> 27) * 0x94D049BB133111EB) & MASK
        return (z ^ z >> 31) % bound


def case(seed, vocabulary):
    """The logits, prompt, continuation and weights of a case."""
    numbers = SplitMix64(seed)
    size = vocabulary - numbers.below(8)
    kind = numbers.below(5)
    logit = [
        lambda: (numbers.below(33) - 16) / 4,
        lambda: (numbers.below(8001) - 4000) / 500,
        lambda: numbers.below(3),
        lambda: -numbers.below(4001) / 200,
        lambda: -50 * numbers.below(2),  # equal probabilities, and shares that meet a limit exactly
    ][kind]
    logits = [float(logit()) for _ in range(size)]
    prompt, new = 1 + numbers.below(4), numbers.below(6)
    tokens = [numbers.below(6) for _ in range(prompt + new)]
    return logits, tokens[:prompt], tokens[prompt:], [numbers.below(1000) / 1000 for _ in range(size)]


def ids(pick, most, bound=24):
    """Some token ids."""
    return [pick.randrange(bound) for _ in range(pick.randint(1, most))]


def words(pick):
    """Sequences that tokens of a case may complete."""
    return [ids(pick, 3, 6) for _ in range(pick.randint(1, 6))]


def share(pick):
    """A share, often one at which equal probabilities meet it."""
    return pick.choice([0.5, 0.25, 0.125, 0.75, round(pick.random() * 0.98 + 0.01, 3)])


def small(pick):
    """A small probability."""
    return pick.choice([0.5, 0.25, 0.0625, 0.03125, 1e-3, 3e-4, round(pick.random() * 0.2 + 1e-4, 4)])


OPTIONS = {
    "sequence_bias": lambda pick: [[w, pick.choice([-8.0, -1.5, 0.25, 1.0, 4.0])] for w in words(pick)],
    "encoder_repetition_penalty": lambda pick: pick.choice([0.5, 1.25, 1.3, 2.0]),
    "repetition_penalty": lambda pick: pick.choice([0.5, 1.25, 1.3, 2.0]),
    "no_repeat_ngram_size": lambda pick: pick.randint(1, 4),
    "encoder_no_repeat_ngram_size": lambda pick: pick.randint(1, 3),
    "bad_words_ids": lambda pick: words(pick) + [[END]],
    "min_length": lambda pick: pick.randint(1, 9),
    "min_new_tokens": lambda pick: pick.randint(1, 5),
    "forced_bos_token_id": lambda pick: pick.randrange(24),
    "forced_eos_token_id": lambda pick: pick.choice([END, ids(pick, 3)]),
    "exponential_decay_length_penalty": lambda pick: [pick.randint(0, 3), pick.choice([0.5, 1.01, 1.5])],
    "suppress_tokens": lambda pick: ids(pick, 12),
    "begin_suppress_tokens": lambda pick: ids(pick, 12),
    "top_h": share,
    "top_k": lambda pick: pick.randint(1, 30),
    "top_p": share,
    "min_p": small,
    "typical_p": share,
    "epsilon_cutoff": small,
    "eta_cutoff": small,
}
FILTERS = list(OPTIONS)[list(OPTIONS).index("top_h") :]


def configurations():
    """The lines' configurations: each option alone, each filter behind a temperature, and many together."""
    for name, make in OPTIONS.items():
        pick = random.Random(name)
        for line in range(LINES):
            vocabulary = 150 if name == "top_h" and line % 4 == 0 else 9 if name in FILTERS and line % 4 == 1 else 32
            temperature = pick.choice([1.0, 1.0, 0.5, 1.75]) if name in FILTERS else 1.0
            yield BASE | {"vocab_size": vocabulary, "temperature": temperature, name: make(pick)}
    pick = random.Random("together")
    for _ in range(2 * LINES):
        some = BASE | {"temperature": pick.choice([1.0, 0.75, 1.5])}
        some |= {name: make(pick) for name, make in OPTIONS.items() if pick.random() < 0.4}
        # What is forced must be allowed: transformers refuses anything else.
        ends = some.get("forced_eos_token_id", [])
        forced = {some.get("forced_bos_token_id"), *([ends] if isinstance(ends, int) else ends)}
        some["suppress_tokens"] = [token for token in some.get("suppress_tokens", []) if token not in forced]
        if "min_length" in some:
            some.pop("min_new_tokens", None)
        yield some


def configuration(model, fields, factor):
    """A line's configuration for a model, with top-h's share times a factor."""
    fields = {name: value * factor if name == "top_h" else value for name, value in fields.items()}
    config = GenerationConfig(**{name: value for name, value in fields.items() if name != "vocab_size"})
    model._prepare_special_tokens(config, device="cpu")
    return config


def compact(value):
    """JSON without spaces."""
    return json.dumps(value, separators=(",", ":"))


def outcome(processors, logits, tokens, dtype):
    """The tokens that may be chosen, and the probabilities."""
    scores = processors(torch.tensor([tokens]), torch.tensor([logits], dtype=torch.float32).to(dtype))[0]
    probabilities = scores.double().softmax(0)
    kept = probabilities >= probabilities.max() * 2**-40
    return sum(1 << i for i, k in enumerate(kept.tolist()) if k), probabilities


SORT = torch.sort


def stable_sort(scores, dim=-1, descending=False):
    """torch.sort, equal scores in the order of their ids."""
    return SORT(scores, dim=dim, descending=descending, stable=True)


def stable_topk(scores, k, dim=-1, **_):
    """torch.topk, of equal scores those of the lowest ids."""
    values, places = stable_sort(scores, dim, descending=True)
    return torch.return_types.topk((values.narrow(dim, 0, k), places.narrow(dim, 0, k)))


def main():
    """Prints the lines."""
    torch.sort, torch.topk = stable_sort, stable_topk
    models = {}
    print(compact(BASE))
    for line, fields in enumerate(configurations()):
        size = fields["vocab_size"]
        if size not in models:
            models[size] = GPT2LMHeadModel(GPT2Config(vocab_size=size, n_layer=1, n_embd=2, n_head=1, n_positions=16))
        factors = (1, 1 - 1e-9, 1 + 1e-9) if "top_h" in fields else (1,)
        configs = [configuration(models[size], fields, factor) for factor in factors]
        results = []
        for place in range(CASES):
            logits, prompt, new, weights = case(line * 1000 + place, size)
            ways = [
                models[size]._get_logits_processor(
                    config, input_ids_seq_length=len(prompt), encoder_input_ids=torch.tensor([prompt]), device="cpu"
                )
                for config in configs
            ]
            kept, probabilities = outcome(ways[0], logits, prompt + new, torch.float64)
            others = [outcome(way, logits, prompt + new, torch.float64)[0] for way in ways[1:]]
            if {*others, outcome(ways[0], logits, prompt + new, torch.float32)[0]} != {kept}:
                results.append("-")
                continue
            total = sum(w * p for w, p in zip(weights, probabilities.tolist()) if p == p)
            results.append(f"{kept:x}:{round(total * 1e6)}")
        print(compact({n: v for n, v in fields.items() if BASE.get(n) != v}) + "\t" + " ".join(results))


main()
