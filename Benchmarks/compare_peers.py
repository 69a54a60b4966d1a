#!/usr/bin/env python3
"""gpt2-gpu beside the engines people would use instead, in turn on one machine: JSON of every run and a table of medians.

  compare_peers.py MODEL [--engines ours-fp16,ours-cpu,llama-f16,ct2-int8,hf-bf16] [--work single,batch64,card] [--rounds 3]
                   [--out results/NAME.json]

MODEL is a GPT-2 folder in the Hugging Face layout. Every round runs every engine once on a work, so that a change of the
machine's speed hits all of them alike; quote the ratios. Every new token is forced, so that all do the same work.
Rates count generated tokens (prefill: prompt tokens) over prefill and decode, loading excluded, after a warm-up; `card` is a
whole process, from its start to its end, with its peak memory. The peers cannot refill a batch: of ragged work they get
batches of sequences of nearly the same length, and only tokens that were asked for count.
Needs numpy, torch, transformers; ct2-* also ctranslate2; llama-* also llama_cpp and gguf.
"""
import argparse, json, os, platform, random, statistics, subprocess, sys, time

WORK = {  # sequences, prompt tokens, new tokens; sampled works use top-k 50 and top-p 0.95, the others are greedy
    "single": (1, 3, 128), "seed": (5, 3, 50), "batch32": (32, 32, 128), "batch64": (64, 32, 64), "prefill": (1, 1024, 0),
    "ragged": (512, (4, 128), (8, 200)), "card": (5, 3, 157),
}
SAMPLED = {"seed", "ragged", "card"}
BATCH = 64  # sequences of ragged work that are decoded together
ENGINES = "ours-fp16,ours-bf16,ours-int8,ours-cpu,llama-f16,llama-q8_0,ct2-int8,ct2-float32,hf-bf16,hf-fp32"
here = os.path.dirname(os.path.abspath(__file__))
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("model")
parser.add_argument("--binary", default=os.path.join(here, "../.build/release/gpt2-gpu"))
parser.add_argument("--device", default="0", help="the OpenCL device of ours-fp16 and the like")
parser.add_argument("--engines", default=ENGINES)
parser.add_argument("--work", default=",".join(WORK))
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--items", type=int, default=512, help="sequences of ragged work")
parser.add_argument("--threads", type=int, default=os.cpu_count())
parser.add_argument("--cache", default=os.path.expanduser("~/.cache/gpt2-tools/models"), help="of NAME-f16.gguf, ct2-NAME and the like")
parser.add_argument("--out")
a = parser.parse_args()
WORK["ragged"] = (a.items, *WORK["ragged"][1:])
name = os.path.basename(os.path.abspath(a.model))
vocabulary = json.load(open(a.model + "/config.json"))["vocab_size"]


class Task:
    """The sequences of a work: prompts, and how many tokens must follow each."""
    def __init__(self, work, turn):
        numbers = random.Random(f"{work} {turn}")
        draw = lambda length: numbers.randint(*length) if isinstance(length, tuple) else length
        count, length, new = WORK[work]
        self.name, self.is_sampled = work, work in SAMPLED
        self.prompts = [[numbers.randrange(min(vocabulary, 50000)) for _ in range(draw(length))] for _ in range(count)]
        if work == "seed": self.prompts = self.prompts[:1] * count
        self.news = [draw(new) for _ in range(count)]
        self.tokens = sum(self.news) or sum(map(len, self.prompts))

    def batches(self):
        """Indices of sequences of nearly the same length."""
        order = sorted(range(len(self.news)), key=lambda i: (-self.news[i], -len(self.prompts[i])))
        return [order[i:i + BATCH] for i in range(0, len(order), BATCH)]


class Ours:
    """The program itself, a process a run."""
    def __init__(self, kind):
        self.options = ["--device", "cpu"] if kind == "cpu" else ["--device", a.device, "--precision", kind]

    def command(self, task):
        return [a.binary, "generate", "--model", a.model, *self.options, "--prompt-tokens", ",".join(map(str, task.prompts[0])),
                "-n", str(len(task.prompts)), "--max-new-tokens", str(task.news[0]), "--min-new-tokens", str(task.news[0]),
                "--ignore-eos", "--seed", "1", "--preset", "hf5", "--temperature", "1", "--top-k", "50", "--top-p", "0.95",
                "--format", "json"]

    def run(self, task):
        if task.name == "seed":  # samples of one prompt, which is computed once
            timings = json.loads(output(self.command(task)))["timings"]
            return timings["prefill_s"] + timings["decode_s"]
        count, length, new = WORK[task.name]
        text = lambda length: "-".join(map(str, length)) if isinstance(length, tuple) else str(length)
        # A prompt leaves room for the one token that has to follow: the context holds 1,024.
        row = json.loads(output(
            [a.binary, "bench", "--model", a.model, *self.options, "--batch", str(min(count, BATCH)), "--items", str(count),
             "--prompt-tokens", text(length if new else length - 1), "--new-tokens", text(new or 1), "--repeat", "1",
             "--format", "json", *([] if task.is_sampled else ["--greedy"])]))["rows"][0]
        rate = lambda phase: row[phase]["tokens_per_s"]["median"]
        if not new: return task.tokens / rate("prefill")
        if isinstance(new, tuple): return task.tokens / rate("end_to_end")  # it draws lengths of its own from the same range
        return count * length / rate("prefill") + count * (new - 1) / rate("decode")


class Transformers:
    def __init__(self, kind):
        import torch
        from transformers import GPT2LMHeadModel
        torch.set_num_threads(a.threads)
        self.torch = torch
        dtype = {"fp32": torch.float32, "bf16": torch.bfloat16}[kind]
        self.model = GPT2LMHeadModel.from_pretrained(a.model, dtype=dtype).eval()

    def run(self, task):
        torch = self.torch
        start = time.perf_counter()
        with torch.inference_mode():
            for batch in task.batches():
                width, new = max(len(task.prompts[i]) for i in batch), task.news[batch[0]]
                x = torch.tensor([[0] * (width - len(task.prompts[i])) + task.prompts[i] for i in batch])
                mask = torch.tensor([[0] * (width - len(task.prompts[i])) + [1] * len(task.prompts[i]) for i in batch])
                sampled = dict(do_sample=True, top_k=50, top_p=0.95, temperature=1.0) if task.is_sampled else dict(do_sample=False)
                if new:
                    self.model.generate(x, attention_mask=mask, pad_token_id=0, max_new_tokens=new, min_new_tokens=new, **sampled)
                else:
                    self.model(x, logits_to_keep=1)
        return time.perf_counter() - start


class CTranslate2:
    def __init__(self, kind):
        import ctranslate2
        folder = os.path.join(a.cache, "ct2-" + name)
        if not os.path.exists(folder + "/model.bin"):
            ctranslate2.converters.TransformersConverter(a.model).convert(folder, force=True)
        self.generator = ctranslate2.Generator(folder, device="cpu", compute_type=kind, inter_threads=1, intra_threads=a.threads)
        self.pieces = [None] * vocabulary
        for piece, token in json.load(open(a.model + "/vocab.json")).items(): self.pieces[token] = piece

    def run(self, task):
        start = time.perf_counter()
        for batch in task.batches():
            prompts, new = [[self.pieces[t] for t in task.prompts[i]] for i in batch], task.news[batch[0]]
            if not new:
                self.generator.forward_batch([prompt[:-1] for prompt in prompts])
                continue
            sampled = dict(sampling_topk=50, sampling_topp=0.95) if task.is_sampled else {}
            self.generator.generate_batch(prompts, max_length=new, min_length=new, include_prompt_in_result=False,
                                          max_batch_size=len(batch), **sampled)
        return time.perf_counter() - start


class Llama:
    """llama.cpp through its C interface: one context a run, greedy choice on the host."""
    def __init__(self, kind):
        import llama_cpp, numpy
        self.L, self.numpy = llama_cpp, numpy
        self.quiet = llama_cpp.llama_log_callback(lambda *_: None)
        llama_cpp.llama_log_set(self.quiet, None)
        llama_cpp.llama_backend_init()
        path = os.path.join(a.cache, f"{name}-{kind}.gguf")
        if not os.path.exists(path):
            sys.exit(f"{path} is missing: make it with llama.cpp's convert_hf_to_gguf.py --outtype {kind}")
        self.model = llama_cpp.llama_model_load_from_file(path.encode(), llama_cpp.llama_model_default_params())

    def run(self, task):
        L, count, new = self.L, len(task.prompts), task.news[0]
        length = len(task.prompts[0])
        p = L.llama_context_default_params()
        p.n_ctx, p.n_batch, p.n_ubatch = max(1024, count * (length + new)), 2048, 512 if new else 1024
        p.n_seq_max, p.n_threads, p.n_threads_batch, p.kv_unified = count, a.threads, a.threads, True
        context = L.llama_init_from_model(self.model, p)

        def decode(rows):
            batch = L.llama_batch_init(len(rows), 0, 1)
            batch.n_tokens = len(rows)
            for i, (token, position, sequence, wanted) in enumerate(rows):
                batch.token[i], batch.pos[i], batch.n_seq_id[i], batch.logits[i] = token, position, 1, wanted
                batch.seq_id[i][0] = sequence
            if L.llama_decode(context, batch): sys.exit("llama_decode failed")
            L.llama_batch_free(batch)

        start = time.perf_counter()
        rows = [(t, i, s, int(i == length - 1)) for s, prompt in enumerate(task.prompts) for i, t in enumerate(prompt)]
        for first in range(0, len(rows), 2048): decode(rows[first:first + 2048])
        tokens = [1] * count
        for n in range(new - 1):
            decode([(tokens[s], length + n, s, 1) for s in range(count)])
            logits = self.numpy.ctypeslib.as_array(L.llama_get_logits(context), shape=(count, vocabulary))
            tokens = logits.argmax(1).tolist()
        L.llama_get_logits(context)[0]
        elapsed = time.perf_counter() - start
        L.llama_free(context)
        return elapsed


def output(command):
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode: sys.exit(f"{' '.join(command)}\n{result.stderr}")
    return result.stdout


def whole_process(engine, task):
    """Seconds and peak memory in MiB of a process that writes five texts and ends."""
    script = ("from transformers import pipeline\n"
              f"p = pipeline('text-generation', model={a.model!r})\n"
              "p('My dream is', num_return_sequences=5, do_sample=True, top_k=50, top_p=0.95, temperature=1.0, "
              "max_new_tokens=157, min_new_tokens=157)")
    task.prompts = [[3666, 4320, 318]] * len(task.prompts)
    command = engines[engine].command(task) if engine.startswith("ours") else [sys.executable, "-c", script]
    # A small process in between: what is forked from this large one would count this one's memory as its own.
    measure = ("import os, resource, subprocess, sys, time\nstart = time.perf_counter()\n"
               "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n"
               "print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)")
    result = subprocess.run([sys.executable, "-c", measure, *command], check=True, capture_output=True, text=True,
                            env=os.environ | {"HF_HUB_OFFLINE": "1"})
    seconds, memory = map(float, result.stdout.split())
    return seconds, memory


KINDS = {"ours": Ours, "hf": Transformers, "ct2": CTranslate2, "llama": Llama}
WHOLE = ("ours", "hf-fp32")  # whose whole processes `card` compares
engines = {engine: KINDS[engine.split("-")[0]](engine.split("-", 1)[1]) for engine in a.engines.split(",")}
runs = []
for work in a.work.split(","):
    for turn in range(0 if work == "ragged" else -1, a.rounds):  # the first warms up; ragged work takes minutes
        for engine in engines:
            # Ours warms up in each of its processes, but as a whole process needs its kernels compiled.
            if turn < 0 and engine.startswith("ours") and work != "card": continue
            if (work == "card" and not engine.startswith(WHOLE)) or (work == "ragged" and engine.startswith("llama")): continue
            task, memory = Task(work, turn), None
            if work == "card": seconds, memory = whole_process(engine, task)
            else: seconds = engines[engine].run(task)
            if turn >= 0:
                runs.append(dict(work=work, engine=engine, turn=turn, seconds=seconds, memory_mib=memory,
                                 tokens_per_s=task.tokens / seconds))
                print(work, engine, f"{task.tokens / seconds:.1f} tokens/s", file=sys.stderr, flush=True)

cpu = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), platform.processor())
print(f"{cpu}, {a.threads} threads, {a.rounds} rounds in turn: median (lowest to highest)\n")
print("| work | engine | tokens/s | seconds | MiB |\n|---|---|---|---|---|")
for work in a.work.split(","):
    for engine in engines:
        of = [r for r in runs if r["work"] == work and r["engine"] == engine]
        if not of: continue
        rates = sorted(r["tokens_per_s"] for r in of)
        memory = f"{statistics.median(r['memory_mib'] for r in of):.0f}" if work == "card" else ""
        print(f"| {work} | {engine} | {statistics.median(rates):.1f} ({rates[0]:.1f} to {rates[-1]:.1f}) | "
              f"{statistics.median(r['seconds'] for r in of):.2f} | {memory} |")
if a.out:
    with open(a.out, "w") as file:
        json.dump(dict(processor=cpu, threads=a.threads, device=a.device, arguments=sys.argv[1:], runs=runs), file, indent=1)
