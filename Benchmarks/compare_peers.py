#!/usr/bin/env python3
"""gpt2-gpu beside the engines people would use instead, in turn on one machine: JSON of every run and a table of medians.

  compare_peers.py MODEL [--engines ours-fp16,ours-cpu,llama-f16,hf-fp32] [--work single,seed,prefill,card] [--rounds 5]
                   [--out results/NAME.json]

MODEL is a GPT-2 folder in the Hugging Face layout. Every round runs every engine once on a work, so that a change of the
machine's speed hits all of them alike; quote the ratios. Every new token is forced, so that all do the same work.
Rates count generated tokens (prefill: prompt tokens) over prefill and decode, loading excluded; `card` is a whole process,
from its start to its end, with its peak memory. Needs numpy, torch, transformers; llama-* also llama_cpp.
"""
import argparse, json, os, platform, random, statistics, subprocess, sys, time

WORK = {  # sequences, prompt tokens, new tokens; sampled works use top-k 50 and top-p 0.95, the others are greedy
    "single": (1, 3, 128), "seed": (5, 3, 50), "prefill": (1, 1024, 0), "card": (5, 3, 157),
}
SAMPLED = {"seed", "card"}
here = os.path.dirname(os.path.abspath(__file__))
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("model")
parser.add_argument("--binary", default=os.path.join(here, "../.build/release/gpt2-gpu"))
parser.add_argument("--device", default="0", help="the OpenCL device of ours-fp16 and ours-fp32")
parser.add_argument("--engines", default="ours-fp16,llama-f16,ours-cpu,hf-fp32")
parser.add_argument("--work", default=",".join(WORK))
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--threads", type=int, default=os.cpu_count())
parser.add_argument("--gguf", default=os.path.expanduser("~/.cache/gpt2-tools/models"), help="folder of NAME-f16.gguf and the like")
parser.add_argument("--out")
a = parser.parse_args()
vocabulary = json.load(open(a.model + "/config.json"))["vocab_size"]
numbers = random.Random(0)


class Ours:
    """The program itself, a process a run; it reports how long prefill and decode took."""
    def __init__(self, kind):
        self.options = ["--device", "cpu"] if kind == "cpu" else ["--device", a.device, "--precision", kind]

    def command(self, work, ids):
        count, _, new = WORK[work]
        sampling = ["--temperature", "1", "--top-k", "50", "--top-p", "0.95"] if work in SAMPLED else ["--greedy"]
        return [a.binary, "generate", "--model", a.model, *self.options, "--prompt-tokens", ",".join(map(str, ids)),
                "-n", str(count), "--max-new-tokens", str(max(new, 1)), "--min-new-tokens", str(max(new, 1)),
                "--ignore-eos", "--seed", "1", "--preset", "hf5", *sampling, "--format", "json"]

    def run(self, work, ids):
        ids = ids[0][:1023] if work == "prefill" else ids[0]  # one token must follow: the context holds 1,024
        result = subprocess.run(self.command(work, ids), check=True, capture_output=True, text=True)
        timings = json.loads(result.stdout)["timings"]
        return timings["prefill_s"] + timings["decode_s"]


class Transformers:
    def __init__(self, kind):
        import torch
        from transformers import GPT2LMHeadModel
        torch.set_num_threads(a.threads)
        self.torch = torch
        dtype = {"fp32": torch.float32, "bf16": torch.bfloat16}[kind]
        self.model = GPT2LMHeadModel.from_pretrained(a.model, dtype=dtype).eval()

    def run(self, work, ids):
        torch, new = self.torch, WORK[work][2]
        x = torch.tensor(ids)
        start = time.perf_counter()
        with torch.inference_mode():
            if not new:
                self.model(x, logits_to_keep=1)
            else:
                sampled = dict(do_sample=True, top_k=50, top_p=0.95, temperature=1.0)
                self.model.generate(x, attention_mask=torch.ones_like(x), pad_token_id=0, max_new_tokens=new,
                                    min_new_tokens=new, **(sampled if work in SAMPLED else dict(do_sample=False)))
        return time.perf_counter() - start


class Llama:
    """llama.cpp through its C interface: one context a run, greedy choice on the host."""
    def __init__(self, kind):
        import llama_cpp, numpy
        self.L, self.numpy = llama_cpp, numpy
        self.quiet = llama_cpp.llama_log_callback(lambda *_: None)
        llama_cpp.llama_log_set(self.quiet, None)
        llama_cpp.llama_backend_init()
        path = os.path.join(a.gguf, f"{os.path.basename(os.path.abspath(a.model))}-{kind}.gguf")
        if not os.path.exists(path):
            sys.exit(f"{path} is missing: make it with llama.cpp's convert_hf_to_gguf.py --outtype {kind}")
        self.model = llama_cpp.llama_model_load_from_file(path.encode(), llama_cpp.llama_model_default_params())

    def run(self, work, ids):
        L, (count, length, new) = self.L, WORK[work]
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
        decode([(t, i, s, int(i == length - 1)) for s, sequence in enumerate(ids) for i, t in enumerate(sequence)])
        tokens = [1] * count
        for n in range(new - 1):
            decode([(tokens[s], length + n, s, 1) for s in range(count)])
            logits = self.numpy.ctypeslib.as_array(L.llama_get_logits(context), shape=(count, vocabulary))
            tokens = logits.argmax(1).tolist()
        L.llama_get_logits(context)[0]
        elapsed = time.perf_counter() - start
        L.llama_free(context)
        return elapsed


def whole_process(engine):
    """Seconds and peak memory in MiB of a process that writes five texts and ends."""
    script = ("from transformers import pipeline\n"
              f"p = pipeline('text-generation', model={a.model!r})\n"
              "p('My dream is', num_return_sequences=5, do_sample=True, top_k=50, top_p=0.95, temperature=1.0, "
              "max_new_tokens=157, min_new_tokens=157)")
    ours = engine.startswith("ours")
    command = engines[engine].command("card", [3666, 4320, 318]) if ours else [sys.executable, "-c", script]
    # A small process in between: what is forked from this large one would count this one's memory as its own.
    measure = ("import os, resource, subprocess, sys, time\nstart = time.perf_counter()\n"
               "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n"
               "print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)")
    result = subprocess.run([sys.executable, "-c", measure, *command], check=True, capture_output=True, text=True,
                            env=os.environ | {"HF_HUB_OFFLINE": "1"})
    seconds, memory = map(float, result.stdout.split())
    return seconds, memory


KINDS = {"ours": Ours, "hf": Transformers, "llama": Llama}
engines = {name: KINDS[name.split("-")[0]](name.split("-", 1)[1]) for name in a.engines.split(",")}
runs = []
for work in a.work.split(","):
    count, length, new = WORK[work]
    for turn in range(-1, a.rounds):  # the first warms up
        for name, engine in engines.items():
            memory = None
            if work != "card":
                prompt = [numbers.randrange(min(vocabulary, 50000)) for _ in range(length)]
                seconds = engine.run(work, [prompt] * count)
            elif name.startswith("llama"): continue
            else: seconds, memory = whole_process(name)
            if turn >= 0:
                runs.append(dict(work=work, engine=name, turn=turn, seconds=seconds, memory_mib=memory,
                                 tokens_per_s=count * (new or length) / seconds))

cpu = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), platform.processor())
print(f"{cpu}, {a.threads} threads, {a.rounds} rounds in turn: median (lowest to highest)\n")
print("| work | engine | tokens/s | seconds | MiB |\n|---|---|---|---|---|")
for work in a.work.split(","):
    for name in engines:
        of = [r for r in runs if r["work"] == work and r["engine"] == name]
        if not of: continue
        rates = sorted(r["tokens_per_s"] for r in of)
        memory = f"{statistics.median(r['memory_mib'] for r in of):.0f}" if work == "card" else ""
        print(f"| {work} | {name} | {statistics.median(rates):.1f} ({rates[0]:.1f} to {rates[-1]:.1f}) | "
              f"{statistics.median(r['seconds'] for r in of):.2f} | {memory} |")
if a.out:
    with open(a.out, "w") as file:
        json.dump(dict(processor=cpu, threads=a.threads, device=a.device, arguments=sys.argv[1:], runs=runs), file, indent=1)
