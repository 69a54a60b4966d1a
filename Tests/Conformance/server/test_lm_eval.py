"""lm-eval's tasks over HTTP: its log-likelihoods are those of score, and of transformers where it is installed."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from support import KEY, MODEL, ServerTestCase, exact_server, run_program

TEXTS = [
    "My dream is to see the king, and all his men, before the night is done.",
    "What say you, my lord? I come to speak of love.",
    "O Romeo, Romeo!\nwherefore art thou",
]
CHOICES = [" the king.", " and so farewell", " 世界"]
TASKS = {
    "tiny_mc": {
        "output_type": "multiple_choice",
        "doc_to_text": "{{text}}",
        "doc_to_choice": "{{choices}}",
        "doc_to_target": 0,
        "target_delimiter": "",
        "metric_list": [{"metric": "acc"}],
    },
    "tiny_ppl": {
        "output_type": "loglikelihood_rolling",
        "doc_to_text": "",
        "doc_to_target": "{{text}}",
        "metric_list": [{"metric": "word_perplexity"}],
    },
    "tiny_gen": {
        "output_type": "generate_until",
        "doc_to_text": "{{text}}",
        "doc_to_target": "{{text}}",
        "generation_kwargs": {"until": ["\n\n"], "max_gen_toks": 12},
        "metric_list": [{"metric": "exact_match"}],
    },
}
# Prints the log-probabilities of tokens by transformers, in float64.
ORACLE = """
import json, sys, torch
from transformers import GPT2LMHeadModel
model = GPT2LMHeadModel.from_pretrained(sys.argv[1], dtype=torch.float64).eval()
for line in sys.stdin:
    ids = torch.tensor([json.loads(line)])
    with torch.no_grad():
        scores = model(ids).logits[0, :-1].log_softmax(-1)
    print(json.dumps(scores.gather(1, ids[0, 1:, None])[:, 0].tolist()))
"""


def write_tasks(folder):
    """Write the tasks and their data."""
    data = folder / "data.jsonl"
    data.write_text("".join(json.dumps({"text": text, "choices": CHOICES}) + "\n" for text in TEXTS))
    for name, task in TASKS.items():
        common = {"task": name, "dataset_path": "json", "dataset_kwargs": {"data_files": {"test": str(data)}}}
        (folder / f"{name}.yaml").write_text(json.dumps(common | {"test_split": "test"} | task))  # JSON is YAML


class LMEvalTests(ServerTestCase):
    """Choices, perplexity, generation."""

    server = property(lambda _: exact_server())

    @classmethod
    def setUpClass(cls):
        """Run the tasks."""
        server = exact_server()
        model = json.loads(server.get("/v1/models")[1])["data"][0]["id"]
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        folder = Path(cls.folder.name)
        write_tasks(folder)
        arguments = f"model={model},base_url={server.url}/v1/completions,max_length=256,num_concurrent=2"
        arguments += f",auth_token={KEY}"  # for the tokenizer, which is the server's
        run = subprocess.run(
            [
                *(Path(sys.executable).parent / "lm_eval", "run", "--model", "local-completions"),
                *("--model_args", arguments, "--include_path", folder, "--tasks", ",".join(TASKS)),
                *("--batch_size", "2", "--output_path", folder / "out", "--log_samples"),
            ],
            env=os.environ | {"OPENAI_API_KEY": KEY, "HF_HOME": cls.folder.name, "HF_HUB_OFFLINE": "1"},
            capture_output=True,
            text=True,
        )
        assert run.returncode == 0, run.stdout + run.stderr
        cls.samples = {}
        for name in TASKS:
            (path,) = (folder / "out").rglob(f"samples_{name}_*.jsonl")
            lines = [json.loads(line) for line in path.read_text().splitlines()]
            cls.samples[name] = sorted(lines, key=lambda line: line["doc_id"])

    def encode(self, text):
        """Return a text's tokens."""
        return self.server.post("/tokenize", {"prompt": text})[1]["tokens"]

    def check_sums(self, likelihoods, texts):
        """Compare with sums of log-probabilities by this program and by transformers.

        Each text is a list of tokens, and how many of them are only looked at.
        """
        lists = [ids for ids, _ in texts]
        columns = []
        for ids in lists:
            tokens = ",".join(map(str, ids))
            output = run_program("score", "--tokens", tokens, "--precision", "fp32", "--format", "json")
            columns.append([json.loads(output)["logprobs"][1:]])
        if python := os.environ.get("GPT2_GPU_TRANSFORMERS_PYTHON"):
            text = "".join(json.dumps(ids) + "\n" for ids in lists)
            run = subprocess.run([python, "-c", ORACLE, MODEL], input=text, capture_output=True, text=True, check=True)
            for column, line in zip(columns, run.stdout.splitlines(), strict=True):
                column.append(json.loads(line))
        for likelihood, column, (_, seen) in zip(likelihoods, columns, texts, strict=True):
            for scores in column:
                self.assertAlmostEqual(float(likelihood), sum(scores[seen - 1 :]), delta=1e-4)

    def test_choices(self):
        """Each choice's log-likelihood after its context."""
        likelihoods = [likelihood for sample in self.samples["tiny_mc"] for ((likelihood, _),) in sample["resps"]]
        texts = [(self.encode(text + choice), len(self.encode(text))) for text in TEXTS for choice in CHOICES]
        self.check_sums(likelihoods, texts)

    def test_perplexity(self):
        """The text's log-likelihood after an end of text."""
        likelihoods = [sample["resps"][0][0] for sample in self.samples["tiny_ppl"]]
        self.check_sums(likelihoods, [(self.encode("<|endoftext|>" + text), 1) for text in TEXTS])

    def test_generation(self):
        """The likeliest tokens."""
        for text, sample in zip(TEXTS, self.samples["tiny_gen"], strict=True):
            wanted = self.server.complete(prompt=text, max_tokens=12, temperature=0, stop=["\n\n"])["choices"][0]
            self.assertEqual(sample["resps"][0][0], wanted["text"])


if __name__ == "__main__":
    unittest.main()
