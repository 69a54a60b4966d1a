#!/usr/bin/env python3
"""transformers' generate() on models of GPT-2's shapes with made-up weights: a line of JSON for each batch.

  peers.py MODEL[,MODEL…] KIND [--batches 1,8] [--prompt-tokens 32] [--new-tokens 128] [--repeat 3] [--time-limit 600]

MODEL is 124m, 355m, 774m or 1558m; KIND is eager, or compiled: a static cache, whose steps torch.compile compiles.
Greedy, every new token forced; fp16 on CUDA, fp32 where there is none. What does not fit into the time limit is left
out, and says so. `run.py` runs it, beside the program.
"""

import argparse
import json
import os
import shutil
import statistics
import sys
import time

# Layers, channels and heads.
SHAPES = {"124m": (12, 768, 12), "355m": (24, 1024, 16), "774m": (36, 1280, 20), "1558m": (48, 1600, 25)}


class Peer:
    """A model of transformers on the first CUDA device, or on the processor."""

    def __init__(self, model, kind):
        """Make a model of a shape; `kind` is eager or compiled."""
        import torch
        import transformers

        self.torch, self.kind = torch, kind
        self.has_gpu = torch.cuda.is_available()
        self.device, dtype = ("cuda", torch.float16) if self.has_gpu else ("cpu", torch.float32)
        self.versions = f"torch {torch.__version__}, transformers {transformers.__version__}"
        layers, channels, heads = SHAPES[model]
        torch.manual_seed(0)
        with torch.device(self.device):
            torch.set_default_dtype(dtype)
            config = transformers.GPT2Config(n_layer=layers, n_embd=channels, n_head=heads)
            self.model = transformers.GPT2LMHeadModel(config).eval()
            torch.set_default_dtype(torch.float32)
        self.options = dict(do_sample=False, pad_token_id=0)
        if kind == "compiled":
            # generate() compiles each step of a static cache by itself, on processors only where it is told to.
            from transformers.generation import CompileConfig

            mode = "reduce-overhead" if self.has_gpu else "default"
            self.options["cache_implementation"] = "static"
            self.options["compile_config"] = CompileConfig(mode=mode, dynamic=False)
            self.options["compile_config"]._compile_all_devices = True

    def seconds(self, prompts, new):
        """Return the seconds in which `new` tokens are written after each prompt."""
        torch = self.torch
        if self.has_gpu:
            torch.cuda.synchronize()
        start = time.perf_counter()
        with torch.inference_mode():
            lengths = dict(max_new_tokens=new, min_new_tokens=new)
            ids = self.model.generate(prompts, attention_mask=torch.ones_like(prompts), **lengths, **self.options)
        if self.has_gpu:
            torch.cuda.synchronize()
        elapsed = time.perf_counter() - start
        if ids.shape[1] != prompts.shape[1] + new:
            sys.exit(f"{ids.shape[1]} tokens came out in place of {prompts.shape[1] + new}")
        return elapsed

    def measure(self, batch, options):
        """Return the measurements of a batch: the seconds of each run, the median in tokens/s, memory in bytes."""
        cuda, row = self.torch.cuda, {}
        try:
            if self.has_gpu:
                cuda.reset_peak_memory_stats()
            prompts = self.torch.randint(0, 50000, (batch, options.prompt_tokens), device=self.device)
            start = time.perf_counter()
            for _ in range(2 if self.kind == "compiled" else 1):
                self.seconds(prompts, options.new_tokens)
            row["warm_up_s"] = time.perf_counter() - start
            whole = [self.seconds(prompts, options.new_tokens) for _ in range(options.repeat)]
            rate = batch * options.new_tokens / statistics.median(whole)
            row.update(status="measured", seconds=whole, tokens_per_s=rate)
            if self.has_gpu:
                row["device_memory_bytes"] = cuda.max_memory_allocated()
        except Exception as error:  # the larger batches may still run, and a failure is a result
            row.update(status="failed", reason=f"{type(error).__name__}: {error}"[:600])
            if self.has_gpu:
                cuda.empty_cache()
        return row


def parse(arguments):
    """Return the options of a command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", help="of " + ", ".join(SHAPES))
    parser.add_argument("kind", choices=["eager", "compiled"])
    parser.add_argument("--batches", default="1,8")
    parser.add_argument("--prompt-tokens", type=int, default=32)
    parser.add_argument("--new-tokens", type=int, default=128)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--time-limit", type=float, default=600, help="seconds; none is begun after it")
    options = parser.parse_args(arguments)
    unknown = set(options.models.split(",")) - set(SHAPES)
    if unknown:
        parser.error(f"no model is called {', '.join(sorted(unknown))}")
    return options


def main():
    """Print the measurements of each batch as a line of JSON."""
    os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error")
    options, begin = parse(sys.argv[1:]), time.monotonic()
    if options.kind == "compiled" and not any(map(shutil.which, ("cc", "gcc", "clang"))):
        sys.exit("torch.compile needs a C compiler, and there is none on this machine")
    for model in options.models.split(","):
        peer = None  # which frees the last one's memory
        for batch in map(int, options.batches.split(",")):
            row = dict(model=model, engine="transformers " + options.kind, batch=batch)
            if time.monotonic() - begin > options.time_limit:
                print(json.dumps(row | dict(precision=None, status="failed", reason="no time left")), flush=True)
                continue
            try:
                peer = peer or Peer(model, options.kind)
            except Exception as error:  # the other models may still run
                reason = f"{type(error).__name__}: {error}"[:600]
                print(json.dumps(row | dict(precision=None, status="failed", reason=reason)), flush=True)
                continue
            row["precision"] = "fp16" if peer.has_gpu else "fp32"
            row["device"] = peer.torch.cuda.get_device_name() if peer.has_gpu else "cpu"
            print(json.dumps(row | dict(versions=peer.versions) | peer.measure(batch, options)), flush=True)


if __name__ == "__main__":
    main()
