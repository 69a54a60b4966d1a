"""The works that compare_peers.py measures, the engines it knows, and the sequences of each work."""

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
}
# These use top-k 50 and top-p 0.95, the others are greedy.
SAMPLED = ("seed", "ragged", "card")
# Sequences of ragged work that are decoded together.
BATCH = 64
# Each engine and its title in a table.
ENGINES = {
    "ours-fp16": "fp16",
    "ours-bf16": "bf16",
    "ours-int8": "int8",
    "ours-cpu": "`--device cpu`",
    "llama-f16": "llama f16",
    "llama-q8_0": "llama q8_0",
    "ct2-int8": "CTranslate2 int8",
    "ct2-float32": "CTranslate2 float32",
    "hf-bf16": "transformers bf16",
    "hf-fp32": "transformers fp32",
}


class Task:
    """The sequences of a work in one round: their prompts, and the number of new tokens of each."""

    def __init__(self, work, turn, vocabulary, items):
        """Draw the sequences: the same for every engine of a round. `items` is the number of ragged sequences."""
        numbers = random.Random(f"{work} {turn}")

        def draw(length):
            return numbers.randint(*length) if isinstance(length, tuple) else length

        count, length, new = WORKS[work]
        if work == "ragged":
            count = items
        self.name, self.is_sampled, self.shape = work, work in SAMPLED, (count, length, new)
        self.prompts = [[numbers.randrange(min(vocabulary, 50000)) for _ in range(draw(length))] for _ in range(count)]
        if work == "seed":
            self.prompts = self.prompts[:1] * count
        self.news = [draw(new) for _ in range(count)]
        self.tokens = sum(self.news) or sum(map(len, self.prompts))

    def batches(self):
        """Return batches of sequences of nearly the same length, as indices."""
        order = sorted(range(len(self.news)), key=lambda i: (-self.news[i], -len(self.prompts[i])))
        return [order[i : i + BATCH] for i in range(0, len(order), BATCH)]
