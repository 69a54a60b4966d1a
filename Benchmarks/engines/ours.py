"""This program, a process a run."""

import json
import os
import re
import subprocess
import sys
import tempfile

from works import BATCH, JOBS, TEXTS


class Ours:
    """A precision of the OpenCL device, or `--device cpu`, with a way of speculation or without."""

    def __init__(self, kind, options):
        """Take `cpu` or a precision, which `+lookup` or `+draft-NAME` may follow."""
        kind, _, speculation = kind.partition("+")
        self.binary, self.model = options.binary, options.model
        self.options = ["--device", "cpu"] if kind == "cpu" else ["--device", options.device, "--precision", kind]
        self.speculation = ["--prompt-lookup"] if speculation == "lookup" else []
        if speculation.startswith("draft-"):
            self.speculation = ["--draft", os.path.join(options.drafts, speculation.removeprefix("draft-"))]

    def command(self, task):
        """Return the command that writes samples of the task's first prompt."""
        prompt, new = ",".join(map(str, task.prompts[0])), str(task.news[0])
        sampling = ["--temperature", "1", "--top-k", "50", "--top-p", "0.95"] if task.is_sampled else ["--greedy"]
        return [
            *[self.binary, "generate", "--model", self.model, *self.options, "--prompt-tokens", prompt],
            *["-n", str(len(task.prompts)), "--max-new-tokens", new, "--min-new-tokens", new, "--ignore-eos"],
            *["--seed", "1", "--preset", "hf5", *sampling, *self.speculation, "--format", "json"],
        ]

    def run(self, task):
        """Return the seconds that the program says it took for a task."""
        if task.name in JOBS:
            return self.run_job(task)
        if task.name in ("seed", "draft", "draft-long") or task.name in TEXTS:  # of one prompt, computed once
            timings = json.loads(output(self.command(task)))["timings"]
            return timings["prefill_s"] + timings["decode_s"]
        return self.run_bench(task)

    def run_bench(self, task):
        """Return the seconds of a task by `bench`, which draws sequences of the same lengths."""
        count, length, new = task.shape

        def text(length):
            return "-".join(map(str, length)) if isinstance(length, tuple) else str(length)

        # A prompt leaves room for the one token that has to follow: the context holds 1,024.
        command = [
            *[self.binary, "bench", "--model", self.model, *self.options],
            *["--batch", str(min(count, BATCH)), "--items", str(count)],
            *["--prompt-tokens", text(length if new else length - 1), "--new-tokens", text(new or 1)],
            *["--repeat", "1", "--format", "json", *([] if task.is_sampled else ["--greedy"])],
        ]
        row = json.loads(output(command))["rows"][0]

        def rate(phase):
            return row[phase]["tokens_per_s"]["median"]

        if not new:
            return task.tokens / rate("prefill")
        if isinstance(new, tuple):
            return task.tokens / rate("end_to_end")  # it draws lengths of its own from the same range
        return count * length / rate("prefill") + count * (new - 1) / rate("decode")

    def run_job(self, task):
        """Return the seconds of prefill and decoding of a job of `batch`; unlike that of `bench` its memory is cold."""
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as items:
            for index, (prompt, new) in enumerate(zip(task.prompts, task.news)):
                lengths = {"max_new_tokens": new, "min_new_tokens": new, "ignore_eos": True, "num_beams": task.beams}
                items.write(json.dumps({"id": index, "prompt": prompt, **lengths, **task.options(index)}) + "\n")
            items.flush()
            command = [self.binary, "batch", "--model", self.model, *self.options, "--preset", "hf5", "--greedy"]
            summary = run([*command, "--in", items.name, "--out", os.devnull, "--verbose"]).stderr
        if not re.search(r" 0 errors", summary):
            sys.exit(summary)
        phases = re.search(r"prefill ([\d.,]+) s, decode ([\d.,]+) s", summary).groups()
        return sum(float(seconds.replace(",", "")) for seconds in phases)


def run(command):
    """Return what a command printed; end with its standard error if it fails."""
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"{' '.join(command)}\n{result.stderr}")
    return result


def output(command):
    """Return the standard output of a command."""
    return run(command).stdout
