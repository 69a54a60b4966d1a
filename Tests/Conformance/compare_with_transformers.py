#!/usr/bin/env python3
"""Compares gpt2-gpu with transformers in float64, on checkpoints with random weights in every format and odd shape.

  compare_with_transformers.py [--binary .build/release/gpt2-gpu] [--devices 0,cpu] [--kernels simd,simt]

Greedy tokens must be equal up to the first where the two likeliest are nearer than the tolerance, and the
log-probabilities of the tokens before it must agree: 1e-4 for fp32, 2e-2 for fp16, 1e-1 for bf16, 2e-1 for int8, 5e-1 for int4. Needs torch,
transformers and safetensors. Exit status 1 where something differs.
"""
import argparse, itertools, json, os, shutil, subprocess, sys, tempfile

import torch
from safetensors.torch import save_file
from transformers import GPT2Config, GPT2LMHeadModel

# As Precision.logProbabilityTolerance.
TOLERANCE = {"fp32": 1e-4, "fp16": 2e-2, "bf16": 1e-1, "int8": 2e-1, "int4": 5e-1}
FORMATS = ["safetensors", "sharded", "bin", "bin-legacy", "bin-sharded"]
SHAPES = {  # what differs from the small model below
    "head size 1": dict(n_embd=6, n_head=6),
    "head size 8": dict(n_embd=40, n_head=5),
    "head size 64": dict(n_embd=128, n_head=2),
    "head size 80": dict(n_embd=160, n_head=2),
    "head size 128": dict(n_embd=128, n_head=1),
    "odd inner size": dict(n_inner=97),
    "odd vocabulary": dict(vocab_size=1009, bos_token_id=0, eos_token_id=0),
    "tiny vocabulary": dict(vocab_size=3, bos_token_id=0, eos_token_id=0),
    "one layer": dict(n_layer=1),
    "untied head": dict(tie_word_embeddings=False),
    "no attention scale": dict(scale_attn_weights=False),
    "inverse layer scale": dict(scale_attn_by_inverse_layer_idx=True, reorder_and_upcast_attn=True),
    "large epsilon": dict(layer_norm_epsilon=0.1),
}
ACTIVATIONS = ["gelu_new", "gelu", "gelu_fast", "gelu_pytorch_tanh", "gelu_10", "quick_gelu", "relu", "relu2", "relu6",
               "leaky_relu", "silu", "swish", "hardswish", "mish", "sqrtsoftplus", "laplace", "sigmoid", "tanh", "linear"]
SHAPES |= {f"activation {name}": dict(activation_function=name) for name in ACTIVATIONS}


def make(folder, seed, format="safetensors", dtype=torch.float32, prefix=True, masks=False, **fields):
    """Writes a checkpoint whose logits are well spread, and returns its weights."""
    torch.manual_seed(seed)
    config = GPT2Config(**(dict(n_layer=2, n_head=2, n_embd=64, n_positions=96, vocab_size=307, bos_token_id=0, eos_token_id=0) | fields))
    model = GPT2LMHeadModel(config).eval()
    with torch.no_grad():
        for name, tensor in model.named_parameters():
            if tensor.dim() > 1: tensor.mul_({"wte": 4.0, "wpe": 20.0}.get(name.split(".")[1], 3.0))
            if name.endswith("bias"): tensor.normal_(0, 0.1)
    model = model.to(dtype)
    tied = config.tie_word_embeddings
    state = {k: v.contiguous().clone() for k, v in model.state_dict().items() if not (tied and k == "lm_head.weight")}
    if masks:
        n = config.n_positions
        for layer in range(config.n_layer):
            state[f"transformer.h.{layer}.attn.bias"] = torch.tril(torch.ones(n, n, dtype=torch.uint8)).view(1, 1, n, n)
            state[f"transformer.h.{layer}.attn.masked_bias"] = torch.tensor(-1e4)
    if not prefix: state = {k.removeprefix("transformer."): v for k, v in state.items()}
    names = list(state)
    halves = [names[: len(names) // 2], names[len(names) // 2:]]
    def shards(stem, suffix, save):
        files = [f"{stem}-{i + 1:05}-of-00002.{suffix}" for i in range(2)]
        for file, half in zip(files, halves): save({k: state[k] for k in half}, f"{folder}/{file}")
        index = {"metadata": {}, "weight_map": {k: file for file, half in zip(files, halves) for k in half}}
        json.dump(index, open(f"{folder}/{stem}.{suffix}.index.json", "w"))
    if format == "safetensors": save_file(state, f"{folder}/model.safetensors", metadata={"format": "pt"})
    elif format == "sharded": shards("model", "safetensors", save_file)
    elif format == "bin-sharded": shards("pytorch_model", "bin", torch.save)
    else: torch.save(state, f"{folder}/pytorch_model.bin", _use_new_zipfile_serialization=format == "bin")
    json.dump(config.to_dict() | {"architectures": ["GPT2LMHeadModel"]}, open(f"{folder}/config.json", "w"))
    return model.double()


def expect(model, prompt, new):
    """Greedy tokens, their log-probabilities, and the margins to the runners-up."""
    if model.config.reorder_and_upcast_attn: model.config.reorder_and_upcast_attn = False  # changes rounding only
    for block in model.transformer.h: block.attn.reorder_and_upcast_attn = False
    ids, logprobs, margins = list(prompt), [], []
    with torch.inference_mode():
        for _ in range(new):
            row = torch.log_softmax(model(torch.tensor([ids])).logits[0, -1], -1)
            values, indices = row.topk(2)
            ids.append(indices[0].item()); logprobs.append(values[0].item()); margins.append((values[0] - values[1]).item())
    return ids[len(prompt):], logprobs, margins


def compare(arguments, prompt, expected, tolerance):
    """Runs the program; returns what is wrong, or the largest difference."""
    run = subprocess.run([*arguments, "--prompt-tokens", ",".join(map(str, prompt)), "--greedy", "--ignore-eos", "--logprobs",
                          "--max-new-tokens", str(len(expected[0])), "--format", "json"], capture_output=True, text=True)
    if run.returncode: return f"exit status {run.returncode}: {run.stderr.strip()[:300]}", None
    sequence = json.loads(run.stdout)["sequences"][0]
    largest = 0.0
    for i, (token, logprob, margin) in enumerate(zip(*expected)):
        if margin <= 2 * tolerance: break  # either token is right, and what follows differs
        if sequence["tokens"][i] != token: return f"token {i} is {sequence['tokens'][i]}, not {token}", None
        largest = max(largest, abs(sequence["logprobs"][i] - logprob))
    return (f"log-probabilities differ by {largest:.2e}" if largest > tolerance else None), largest


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=".build/release/gpt2-gpu")
    parser.add_argument("--devices", default="0,cpu"); parser.add_argument("--kernels", default="simd,simt")
    parser.add_argument("--precisions", default=",".join(TOLERANCE))
    parser.add_argument("--new", type=int, default=24); parser.add_argument("--only", default="", help="part of a case's name")
    a = parser.parse_args()
    cases = {f"{f} {str(d)[6:]} {'prefixed' if p else 'bare'}{' masks' if m else ''}": dict(format=f, dtype=d, prefix=p, masks=m)
             for f, d, (p, m) in itertools.product(FORMATS, (torch.float32, torch.float16, torch.bfloat16), ((True, True), (False, False)))}
    cases |= SHAPES
    failures, worst = 0, {}
    for number, (name, fields) in enumerate((n, f) for n, f in cases.items() if a.only in n):
        with tempfile.TemporaryDirectory() as folder:
            model = make(folder, number, **fields)
            prompt = [(7 * i + number) % model.config.vocab_size for i in range(1 + number % 9)]
            expected = expect(model, prompt, a.new)
            for device in a.devices.split(","):
                runs = [("fp32", None)] if device == "cpu" else itertools.product(a.precisions.split(","), a.kernels.split(","))
                for precision, kernels in runs:
                    arguments = [a.binary, "generate", "--model", folder, "--device", device]
                    if kernels: arguments += ["--precision", precision, "--kernels", kernels]
                    problem, largest = compare(arguments, prompt, expected, TOLERANCE[precision])
                    key = f"device {device}, {precision}" + (f", {kernels}" if kernels else "")
                    worst[key] = max(worst.get(key, 0.0), largest or 0.0)
                    if problem: failures += 1; print(f"FAILED {name}, {key}: {problem}", flush=True)
    for key, largest in worst.items(): print(f"{key}: largest difference of a log-probability {largest:.2e}")
    print(f"{number + 1} checkpoints, {failures} failed")
    sys.exit(failures > 0)


main()
