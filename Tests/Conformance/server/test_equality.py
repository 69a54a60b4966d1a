"""A text is the same by every way, whatever is written beside it."""

import concurrent.futures
import json
import tempfile
import unittest
from pathlib import Path

from support import ServerTestCase, run_program

PROMPT = "My dream is"
# As a request and as flags.
CASES = [
    ({"n": 3, "max_tokens": 30, "seed": 11}, ["-n", "3", "--max-new-tokens", "30", "--seed", "11"]),
    (
        {"n": 2, "max_tokens": 40, "seed": 5, "top_k": 9, "temperature": 0.7, "stop": ["the", "\n"]},
        ["-n", "2", "--max-new-tokens", "40", "--seed", "5", "--top-k", "9", "--temperature", "0.7"]
        + ["--stop", "the", "--stop", "\n"],
    ),
    (
        {"max_tokens": 25, "temperature": 0, "frequency_penalty": 0.5, "no_repeat_ngram_size": 2},
        ["--max-new-tokens", "25", "--greedy", "--frequency-penalty", "0.5", "--no-repeat-ngram-size", "2"],
    ),
    ({"preset": "card", "seed": 3, "n": 2}, ["--preset", "card", "--seed", "3", "-n", "2"]),
]
# OpenAI's defaults.
DEFAULTS = ["--preset", "hf5", "--top-p", "1", "--top-k", "0", "--prefix", ""]


class EqualityTests(ServerTestCase):
    """HTTP, streamed and not, alone and among others; generate; batch."""

    def stream(self, fields):
        """Return the texts of a stream."""
        texts = {}
        for event in self.server.events("/v1/completions", {"prompt": PROMPT, "stream": True} | fields):
            for choice in json.loads(event)["choices"] if event != "[DONE]" else []:
                texts[choice["index"]] = texts.get(choice["index"], "") + choice["text"]
        return [texts[number] for number in sorted(texts)]

    def texts(self, fields):
        """Return the texts of an answer."""
        return [choice["text"] for choice in self.server.complete(**{"prompt": PROMPT} | fields)["choices"]]

    def test_generate(self):
        """The seed names the texts."""
        for fields, flags in CASES:
            with self.subTest(fields=fields):
                defaults = [] if "preset" in fields else DEFAULTS
                draws = [] if "preset" in fields or "temperature" in fields else ["--temperature", "1"]
                output = run_program(
                    *["generate", PROMPT, "--no-return-full-text", "--format", "json", *defaults, *draws, *flags]
                )
                wanted = [sequence["text"] for sequence in json.loads(output)["sequences"]]
                self.assertEqual(self.texts(fields), wanted)
                self.assertEqual(self.stream(fields), wanted)

    def test_batch(self):
        """A line of a batch has the text of the request."""
        body = {"prompt": [PROMPT, "So"], "max_tokens": 20, "temperature": 0, "logprobs": 1, "echo": True}
        with tempfile.TemporaryDirectory() as folder:
            items, results = Path(folder, "items.jsonl"), Path(folder, "results.jsonl")
            items.write_text(json.dumps({"custom_id": "c", "url": "/v1/completions", "body": body}) + "\n")
            run_program("batch", "--in", str(items), "--out", str(results), "--quiet")
            choices = json.loads(results.read_text())["response"]["body"]["choices"]
        answer = self.server.complete(**body)["choices"]
        self.assertEqual([choice["text"] for choice in answer], [choice["text"] for choice in choices])
        self.assertEqual([choice["logprobs"] for choice in answer], [choice["logprobs"] for choice in choices])

    def test_among_others(self):
        """64 at once, in any order of arrival, streamed and not."""
        fields = [{"seed": seed, "max_tokens": 5 + seed % 40, "n": 1 + seed % 3} for seed in range(64)]
        alone = [self.texts(one) for one in fields]
        with concurrent.futures.ThreadPoolExecutor(64) as pool:
            together = list(pool.map(lambda one: (self.stream if one["seed"] % 2 else self.texts)(one), fields[::-1]))
        self.assertEqual(together[::-1], alone)


if __name__ == "__main__":
    unittest.main()
