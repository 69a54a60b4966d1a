#!/usr/bin/env python3
"""gpt2-gpu beside other engines, in turn on one machine: JSON of every run and a table of medians.

  compare_peers.py MODEL [--engines ours-fp16,ours-cpu,llama-f16,ct2-int8,hf-bf16] [--work single,batch64,card]
                   [--rounds 3] [--out results/DATE-NAME.json]
  compare_peers.py --table FILE [FILE ...]   print the Markdown table of files that --out wrote, all of one machine
  compare_peers.py --check PAGE              exit with 1 if a table in a page is not what --table prints

MODEL is a GPT-2 folder in the Hugging Face layout. Every round runs every engine once on a work, so that a change of
the machine's speed hits all of them alike; quote the ratios. Every new token is forced, so that all do the same work.
Rates count generated tokens (prefill: prompt tokens) over prefill and decode, loading excluded, after a warm-up;
`card` is a whole process, from its start to its end, with its peak memory. The peers cannot refill a batch: of ragged
work they get batches of sequences of nearly the same length, and only tokens that were asked for count.
Needs numpy, torch, transformers; ct2-* also ctranslate2; llama-* also llama_cpp and gguf. --table and --check need
only Python.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time

import peer_tables
from works import BATCH, ENGINES, WORKS, Task


class Ours:
    """The program itself, a process a run."""

    def __init__(self, kind, options):
        """Take a precision of the OpenCL device, or `cpu`."""
        self.binary, self.model = options.binary, options.model
        self.options = ["--device", "cpu"] if kind == "cpu" else ["--device", options.device, "--precision", kind]

    def command(self, task):
        """Return the command that writes samples of the task's first prompt."""
        prompt, new = ",".join(map(str, task.prompts[0])), str(task.news[0])
        return [
            *[self.binary, "generate", "--model", self.model, *self.options, "--prompt-tokens", prompt],
            *["-n", str(len(task.prompts)), "--max-new-tokens", new, "--min-new-tokens", new, "--ignore-eos"],
            *["--seed", "1", "--preset", "hf5", "--temperature", "1", "--top-k", "50", "--top-p", "0.95"],
            *["--format", "json"],
        ]

    def run(self, task):
        """Return the seconds that the program says it took for a task."""
        if task.name == "seed":  # samples of one prompt, which is computed once
            timings = json.loads(output(self.command(task)))["timings"]
            return timings["prefill_s"] + timings["decode_s"]
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


class Transformers:
    """The generate() of transformers, eager."""

    def __init__(self, kind, options):
        """Load the model in a precision, `fp32` or `bf16`."""
        import torch
        from transformers import GPT2LMHeadModel

        torch.set_num_threads(options.threads)
        self.torch = torch
        dtype = {"fp32": torch.float32, "bf16": torch.bfloat16}[kind]
        self.model = GPT2LMHeadModel.from_pretrained(options.model, dtype=dtype).eval()

    def run(self, task):
        """Return the seconds of a task."""
        torch = self.torch
        start = time.perf_counter()
        with torch.inference_mode():
            for batch in task.batches():
                width, new = max(len(task.prompts[i]) for i in batch), task.news[batch[0]]
                x = torch.tensor([[0] * (width - len(task.prompts[i])) + task.prompts[i] for i in batch])
                mask = torch.tensor([[0] * (width - len(task.prompts[i])) + [1] * len(task.prompts[i]) for i in batch])
                choice = dict(do_sample=False)
                if task.is_sampled:
                    choice = dict(do_sample=True, top_k=50, top_p=0.95, temperature=1.0)
                if new:
                    lengths = dict(max_new_tokens=new, min_new_tokens=new)
                    self.model.generate(x, attention_mask=mask, pad_token_id=0, **lengths, **choice)
                else:
                    self.model(x, logits_to_keep=1)
        return time.perf_counter() - start


class CTranslate2:
    """CTranslate2 on a model that is converted once."""

    def __init__(self, kind, options):
        """Load the model in a precision that CTranslate2 calls its compute type."""
        import ctranslate2

        folder = os.path.join(options.cache, "ct2-" + options.name)
        if not os.path.exists(folder + "/model.bin"):
            ctranslate2.converters.TransformersConverter(options.model).convert(folder, force=True)
        threads = dict(inter_threads=1, intra_threads=options.threads)
        self.generator = ctranslate2.Generator(folder, device="cpu", compute_type=kind, **threads)
        self.pieces = [None] * options.vocabulary
        with open(options.model + "/vocab.json") as file:
            for piece, token in json.load(file).items():
                self.pieces[token] = piece

    def run(self, task):
        """Return the seconds of a task."""
        start = time.perf_counter()
        for batch in task.batches():
            prompts, new = [[self.pieces[t] for t in task.prompts[i]] for i in batch], task.news[batch[0]]
            if not new:
                self.generator.forward_batch([prompt[:-1] for prompt in prompts])
                continue
            choice = dict(sampling_topk=50, sampling_topp=0.95) if task.is_sampled else {}
            lengths = dict(max_length=new, min_length=new, max_batch_size=len(batch))
            self.generator.generate_batch(prompts, include_prompt_in_result=False, **lengths, **choice)
        return time.perf_counter() - start


class Llama:
    """llama.cpp through its C interface: one context a run, greedy choice on the host."""

    def __init__(self, kind, options):
        """Load the file of a type, `f16` or `q8_0`."""
        import llama_cpp
        import numpy

        self.library, self.numpy = llama_cpp, numpy
        self.threads, self.vocabulary = options.threads, options.vocabulary
        self.quiet = llama_cpp.llama_log_callback(lambda *_: None)
        llama_cpp.llama_log_set(self.quiet, None)
        llama_cpp.llama_backend_init()
        path = os.path.join(options.cache, f"{options.name}-{kind}.gguf")
        if not os.path.exists(path):
            sys.exit(f"{path} is missing: make it with llama.cpp's convert_hf_to_gguf.py --outtype {kind}")
        self.model = llama_cpp.llama_model_load_from_file(path.encode(), llama_cpp.llama_model_default_params())

    def run(self, task):
        """Return the seconds of a task."""
        library, count, new = self.library, len(task.prompts), task.news[0]
        length = len(task.prompts[0])
        p = library.llama_context_default_params()
        p.n_ctx, p.n_batch, p.n_ubatch = max(1024, count * (length + new)), 2048, 512 if new else 1024
        p.n_seq_max, p.n_threads, p.n_threads_batch, p.kv_unified = count, self.threads, self.threads, True
        context = library.llama_init_from_model(self.model, p)

        def decode(rows):
            batch = library.llama_batch_init(len(rows), 0, 1)
            batch.n_tokens = len(rows)
            for i, (token, position, sequence, wanted) in enumerate(rows):
                batch.token[i], batch.pos[i], batch.n_seq_id[i], batch.logits[i] = token, position, 1, wanted
                batch.seq_id[i][0] = sequence
            if library.llama_decode(context, batch):
                sys.exit("llama_decode failed")
            library.llama_batch_free(batch)

        start = time.perf_counter()
        rows = [(t, i, s, int(i == length - 1)) for s, prompt in enumerate(task.prompts) for i, t in enumerate(prompt)]
        for first in range(0, len(rows), 2048):
            decode(rows[first : first + 2048])
        tokens = [1] * count
        for n in range(new - 1):
            decode([(tokens[s], length + n, s, 1) for s in range(count)])
            shape = (count, self.vocabulary)
            logits = self.numpy.ctypeslib.as_array(library.llama_get_logits(context), shape=shape)
            tokens = logits.argmax(1).tolist()
        library.llama_get_logits(context)[0]
        elapsed = time.perf_counter() - start
        library.llama_free(context)
        return elapsed


def output(command):
    """Return the standard output of a command; end with its standard error if it fails."""
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"{' '.join(command)}\n{result.stderr}")
    return result.stdout


def whole_process(engine, task, model):
    """Return the seconds and the peak memory in MiB of a process that writes five texts and ends.

    `engine` is one of `Ours`, or None for transformers' pipeline.
    """
    script = (
        "from transformers import pipeline\n"
        f"p = pipeline('text-generation', model={model!r})\n"
        "p('My dream is', num_return_sequences=5, do_sample=True, top_k=50, top_p=0.95, temperature=1.0, "
        "max_new_tokens=157, min_new_tokens=157)"
    )
    task.prompts = [[3666, 4320, 318]] * len(task.prompts)
    command = engine.command(task) if engine else [sys.executable, "-c", script]
    # A small process in between: what is forked from this large one would count this one's memory as its own.
    measure = (
        "import os, resource, subprocess, sys, time\nstart = time.perf_counter()\n"
        "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n"
        "print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)"
    )
    result = subprocess.run(
        [sys.executable, "-c", measure, *command],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"HF_HUB_OFFLINE": "1"},
    )
    seconds, memory = map(float, result.stdout.split())
    return seconds, memory


def measure(options):
    """Run every engine on every work in turn; return the runs: seconds, tokens/s, and of card peak memory in MiB."""
    kinds = {"ours": Ours, "hf": Transformers, "ct2": CTranslate2, "llama": Llama}
    engines = {}
    for engine in options.engines.split(","):
        family, kind = engine.split("-", 1)
        engines[engine] = kinds[family](kind, options)
    runs = []
    for work in options.work.split(","):
        for turn in range(0 if work == "ragged" else -1, options.rounds):  # the first warms up; ragged takes minutes
            for engine in engines:
                is_ours = engine.startswith("ours")
                # Ours warms up in each of its processes, but as a whole process needs its kernels compiled.
                if turn < 0 and is_ours and work != "card":
                    continue
                if work == "card" and not (is_ours or engine.startswith("hf-fp32")):
                    continue
                if work == "ragged" and engine.startswith("llama"):
                    continue
                task, memory = Task(work, turn, options.vocabulary, options.items), None
                if work == "card":
                    seconds, memory = whole_process(engines[engine] if is_ours else None, task, options.model)
                else:
                    seconds = engines[engine].run(task)
                if turn >= 0:
                    rate = task.tokens / seconds
                    run = dict(work=work, engine=engine, turn=turn, seconds=seconds, memory_mib=memory)
                    runs.append(run | dict(tokens_per_s=rate))
                    print(work, engine, f"{rate:.1f} tokens/s", file=sys.stderr, flush=True)
    return runs


def print_medians(runs, options):
    """Print a table of the medians of these runs."""
    rounds = f"{options.rounds} rounds in turn"
    print(f"{options.processor}, {options.threads} threads, {rounds}: median (lowest to highest)\n")
    print("| work | engine | tokens/s | seconds | MiB |\n|---|---|---|---|---|")
    for work in options.work.split(","):
        for engine in options.engines.split(","):
            of = [r for r in runs if r["work"] == work and r["engine"] == engine]
            if not of:
                continue
            rates = sorted(r["tokens_per_s"] for r in of)
            memory = f"{statistics.median(r['memory_mib'] for r in of):.0f}" if work == "card" else ""
            print(
                f"| {work} | {engine} | {statistics.median(rates):.1f} ({rates[0]:.1f} to {rates[-1]:.1f}) | "
                f"{statistics.median(r['seconds'] for r in of):.2f} | {memory} |"
            )


def processor():
    """Return the name of this machine's processor."""
    with open("/proc/cpuinfo") as file:
        names = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    return names[0] if names else platform.processor()


def parse(arguments):
    """Return the options of a command line."""
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?")
    parser.add_argument("--table", nargs="+", metavar="FILE", help="print the table of these files and measure nothing")
    parser.add_argument("--check", metavar="PAGE", help="compare a page's tables with their files and measure nothing")
    parser.add_argument("--binary", default=os.path.join(here, "../.build/release/gpt2-gpu"))
    parser.add_argument("--device", default="0", help="the OpenCL device of ours-fp16 and the like")
    parser.add_argument("--engines", default=",".join(ENGINES))
    parser.add_argument("--work", default=",".join(WORKS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--items", type=int, default=WORKS["ragged"][0], help="sequences of ragged work")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument(
        "--cache",
        default=os.path.expanduser("~/.cache/gpt2-tools/models"),
        help="of NAME-f16.gguf, ct2-NAME and the like",
    )
    parser.add_argument("--out")
    options = parser.parse_args(arguments)
    if not (options.model or options.table or options.check):
        parser.error("a MODEL, --table or --check is needed")
    return options


def main():
    """Measure, or print or check tables of what was measured."""
    options = parse(sys.argv[1:])
    if options.table:
        print("\n".join(peer_tables.table(options.table)))
    if options.check:
        sys.exit("\n".join(peer_tables.check(options.check)) or 0)
    if options.table:
        return
    options.name = os.path.basename(os.path.abspath(options.model))
    with open(options.model + "/config.json") as file:
        options.vocabulary = json.load(file)["vocab_size"]
    options.processor = processor()
    runs = measure(options)
    print_medians(runs, options)
    if options.out:
        machine = dict(processor=options.processor, threads=options.threads, device=options.device)
        with open(options.out, "w") as file:
            json.dump(machine | dict(arguments=sys.argv[1:], runs=runs), file, indent=1)


if __name__ == "__main__":
    main()
