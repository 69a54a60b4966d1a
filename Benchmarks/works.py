"""The works that compare_peers.py measures, the engines it knows, and the sequences of each work."""

import copy
import random

# Sequences, prompt tokens, new tokens. A pair is a range from which each sequence draws its own length.
WORKS = {
    "single": (1, 3, 128),
    "seed": (5, 3, 50),
    "batch32": (32, 32, 128),
    "batch64": (64, 32, 64),
    "prefill": (1, 1024, 0),
    "ragged": (512, (4, 128), (8, 200)),
    "card": (5, 3, 157),
    "plain": (64, 32, 64),
    "processors": (64, 32, 64),
    "one-processor": (64, 32, 64),
    "beams": (16, 32, 64),
    "code": (1, None, 160),
    "list": (1, None, 160),
    "play": (1, None, 160),
    "draft": (1, 16, 48),
    "draft-long": (1, 16, 240),
}
# What compare_peers.py measures where nobody says what: the others need a model of their own, or are asked for.
USUAL = ("single", "seed", "batch32", "batch64", "prefill", "ragged", "card")
# These use top-k 50 and top-p 0.95, the others are greedy.
SAMPLED = ("seed", "ragged", "card")
# Jobs of `gpt2-gpu batch`, which takes options of its items, as `bench` does not.
JOBS = ("plain", "processors", "one-processor", "beams")
BEAMS = 4
# The names are those of transformers; each engine uses what it has of them.
PROCESSORS = {
    "repetition_penalty": 1.2,
    "no_repeat_ngram_size": 3,
    "logit_bias": {198: 1.5, 262: -2.0, 11: -1.0},
    "presence_penalty": 0.4,
    "frequency_penalty": 0.2,
}
# An option that the host carries out, for one sequence of 64.
ONE_PROCESSOR = {"no_repeat_ngram_size": 3}
# Beginnings of repetitive texts, by their works.
TEXTS = {
    "code": "def north(x):\n    return x + 1\n\ndef south(x):\n    return x + 2\n\ndef east(x):\n    return x + 3\n\n",
    "list": "1. the king\n2. the queen\n3. the king\n4. the queen\n5. the king\n6. the queen\n7.",
    "play": "ROMEO:\nWhat light is this that comes from the east?\n\nJULIET:\nWhat light is this that",
}
# Sequences of ragged work that are decoded together.
BATCH = 64
# Each engine and its title in a table. A part behind a plus is the speculation that it uses.
ENGINES = {
    "ours-fp32": "fp32",
    "ours-fp16": "fp16",
    "ours-fp16+lookup": "fp16, look-up",
    "ours-fp16+draft-0.0": "fp16, draft, 0 % right",
    "ours-fp16+draft-0.6": "fp16, draft, 60 % right",
    "ours-fp16+draft-1.0": "fp16, draft, all right",
    "ours-bf16": "bf16",
    "ours-int8": "int8",
    "ours-int8+lookup": "int8, look-up",
    "ours-int4": "int4",
    "ours-cpu": "`--device cpu`",
    "llama-f16": "llama f16",
    "llama-f16+lookup": "llama f16, look-up",
    "llama-q8_0": "llama q8_0",
    "llama-q4_k_m": "llama q4_k_m",
    "llama-q4_0": "llama q4_0",
    "ct2-int8": "CTranslate2 int8",
    "ct2-float32": "CTranslate2 float32",
    "hf-bf16": "transformers bf16",
    "hf-fp32": "transformers fp32",
    "hf-fp32+lookup": "transformers fp32, look-up",
}


class Task:
    """The sequences of a work in one round: their prompts, and the number of new tokens of each."""

    def __init__(self, work, turn, vocabulary, items, encode):
        """Draw the sequences: the same for every engine of a round.

        `items` is the number of ragged sequences; `encode` makes tokens of a text.
        """
        numbers = random.Random(f"{work} {turn}")

        def draw(length):
            return numbers.randint(*length) if isinstance(length, tuple) else length

        count, length, new = WORKS[work]
        if work == "ragged":
            count = items
        self.name, self.is_sampled, self.shape = work, work in SAMPLED, (count, length, new)
        self.beams = BEAMS if work == "beams" else 1
        if work in TEXTS:
            self.prompts = [encode(TEXTS[work])]
        else:
            limit = min(vocabulary, 50000)
            self.prompts = [[numbers.randrange(limit) for _ in range(draw(length))] for _ in range(count)]
        if work == "seed":
            self.prompts = self.prompts[:1] * count
        self.news = [draw(new) for _ in range(count)]
        if turn < 0:  # to warm up
            self.news = [min(new, 4) for new in self.news]
        self.tokens = sum(self.news) or sum(map(len, self.prompts))

    def options(self, index):
        """Return the processors of a sequence, by their names."""
        if self.name == "processors":
            return PROCESSORS
        return ONE_PROCESSOR if self.name == "one-processor" and index == 0 else {}

    def least(self):
        """Return the task of one token after one token: hardly more than starting."""
        task = copy.copy(self)
        task.prompts, task.news = [[0]], [1]
        return task

    def batches(self):
        """Return batches of sequences of nearly the same length, as indices."""
        order = sorted(range(len(self.news)), key=lambda i: (-self.news[i], -len(self.prompts[i])))
        return [order[i : i + BATCH] for i in range(0, len(order), BATCH)]
