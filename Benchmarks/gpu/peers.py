#!/usr/bin/env python3
"""transformers' generate() on models of GPT-2's shapes with made-up weights: a line of JSON for each batch.

  peers.py MODEL KIND [--batches 1,8] [--prompt-tokens 32] [--new-tokens 128] [--repeat 3]

MODEL is 124m, 355m, 774m or 1558m; KIND is eager, or compiled: a static cache, whose steps torch.compile compiles. Greedy, every
new token forced; fp16 on CUDA, fp32 where there is none. `run.py` runs it, beside the program.
"""
import argparse, json, os, shutil, statistics, sys, time
os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error")

SHAPES = {"124m": (12, 768, 12), "355m": (24, 1024, 16), "774m": (36, 1280, 20), "1558m": (48, 1600, 25)}
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("model", choices=SHAPES)
parser.add_argument("kind", choices=["eager", "compiled"])
parser.add_argument("--batches", default="1,8")
parser.add_argument("--prompt-tokens", type=int, default=32)
parser.add_argument("--new-tokens", type=int, default=128)
parser.add_argument("--repeat", type=int, default=3)
a = parser.parse_args()

if a.kind == "compiled" and not any(map(shutil.which, ("cc", "gcc", "clang"))):
    sys.exit("torch.compile needs a C compiler, and there is none on this machine")
import torch, transformers

has_gpu = torch.cuda.is_available()
device, dtype = ("cuda", torch.float16) if has_gpu else ("cpu", torch.float32)
layers, channels, heads = SHAPES[a.model]
torch.manual_seed(0)
with torch.device(device):
    torch.set_default_dtype(dtype)
    model = transformers.GPT2LMHeadModel(transformers.GPT2Config(n_layer=layers, n_embd=channels, n_head=heads)).eval()
    torch.set_default_dtype(torch.float32)
options = dict(do_sample=False, pad_token_id=0)
if a.kind == "compiled":
    # generate() compiles each step of a static cache by itself, on processors only where it is told to.
    from transformers.generation import CompileConfig
    options["cache_implementation"] = "static"
    options["compile_config"] = CompileConfig(mode="reduce-overhead" if has_gpu else "default", dynamic=False)
    options["compile_config"]._compile_all_devices = True


def seconds(prompts, new):
    if has_gpu: torch.cuda.synchronize()
    start = time.perf_counter()
    with torch.inference_mode():
        ids = model.generate(prompts, attention_mask=torch.ones_like(prompts), max_new_tokens=new, min_new_tokens=new, **options)
    if has_gpu: torch.cuda.synchronize()
    elapsed = time.perf_counter() - start
    if ids.shape[1] != prompts.shape[1] + new: sys.exit(f"{ids.shape[1]} tokens came out in place of {prompts.shape[1] + new}")
    return elapsed


for batch in map(int, a.batches.split(",")):
    row = dict(model=a.model, engine="transformers " + a.kind, precision="fp16" if has_gpu else "fp32", batch=batch,
               device=torch.cuda.get_device_name() if has_gpu else "cpu",
               versions=f"torch {torch.__version__}, transformers {transformers.__version__}")
    try:
        if has_gpu: torch.cuda.reset_peak_memory_stats()
        prompts = torch.randint(0, 50000, (batch, a.prompt_tokens), device=device)
        start = time.perf_counter()
        for _ in range(2 if a.kind == "compiled" else 1): seconds(prompts, a.new_tokens)
        row["warm_up_s"] = time.perf_counter() - start
        whole = [seconds(prompts, a.new_tokens) for _ in range(a.repeat)]
        row.update(status="measured", seconds=whole, tokens_per_s=batch * a.new_tokens / statistics.median(whole))
        if has_gpu: row["device_memory_bytes"] = torch.cuda.max_memory_allocated()
    except Exception as error:  # the larger batches may still run, and a failure is a result
        row.update(status="failed", reason=f"{type(error).__name__}: {error}"[:600])
        if has_gpu: torch.cuda.empty_cache()
    print(json.dumps(row), flush=True)
