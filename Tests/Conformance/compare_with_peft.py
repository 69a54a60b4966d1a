#!/usr/bin/env python3
"""Compares adapters that gpt2-gpu merges with the models that PEFT makes of them (merge_and_unload).

  compare_with_peft.py [--binary .build/release/gpt2-gpu] [--device cpu]

Each adapter is written by PEFT, with random matrices, beside the merged model; both are scored on the same tokens, and
their log-probabilities must agree: to 1e-4 where the base is fp32, and to some units in the last place of its weights else.
What PEFT can do and gpt2-gpu cannot must be refused by name. Needs torch, transformers, peft. Exit status 1 where
something differs.
"""
import argparse, json, os, subprocess, sys, tempfile

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import GPT2Config, GPT2LMHeadModel

TOLERANCE = {"float32": 1e-4, "float16": 5e-3, "bfloat16": 5e-2}
ALL = ["c_attn", "c_proj", "c_fc"]
ADAPTERS = {
    "default": dict(),
    "all products": dict(target_modules=ALL),
    "mlp alone": dict(target_modules=["mlp.c_fc", "mlp.c_proj"]),
    "all-linear": dict(target_modules="all-linear"),
    "regular expression": dict(target_modules=r".*\.h\.[01]\.attn\.c_(attn|proj)"),
    "one layer": dict(target_modules=ALL, layers_to_transform=[1]),
    "one layer by its pattern": dict(target_modules=["c_fc"], layers_to_transform=2, layers_pattern="h"),
    "rank 1": dict(r=1, lora_alpha=3),
    "rank 33": dict(r=33, lora_alpha=16, target_modules=ALL),
    "rank-stabilised": dict(r=4, lora_alpha=3, use_rslora=True),
    "ranks by name": dict(target_modules=ALL, rank_pattern={"h.1.mlp.c_fc": 3, "c_proj": 5}, alpha_pattern={"h.0.attn.c_attn": 7}),
    "patterns": dict(target_modules=ALL, rank_pattern={r"^transformer\.h\.\d+\.attn\.c_proj": 2}, alpha_pattern={r"mlp.c_.*": 9}),
    "excluded": dict(target_modules=ALL, exclude_modules=["attn.c_proj"]),
    "gaussian": dict(init_lora_weights="gaussian"),
}
# What a configuration leaves out, PEFT's own defaults stand for.
LEFT_OUT = {"without r and lora_alpha": ["r", "lora_alpha"], "without lora_alpha": ["lora_alpha"]}
REFUSED = {
    "use_dora": dict(use_dora=True),
    "bias": dict(bias="all"),
    "modules_to_save": dict(modules_to_save=["ln_f"]),
    "lora_bias": dict(lora_bias=True),
    "trainable_token_indices": dict(trainable_token_indices={"wte": [1, 2]}),
    "pissa": dict(init_lora_weights="pissa"),
    "wte": dict(target_modules=["wte"]),
    "lm_head": dict(target_modules=["lm_head"]),
}


def base(folder, dtype, headless=False):
    torch.manual_seed(1)
    model = GPT2LMHeadModel(GPT2Config(n_layer=3, n_head=2, n_embd=64, n_positions=96, vocab_size=307, bos_token_id=0, eos_token_id=0))
    with torch.no_grad():
        for name, tensor in model.named_parameters():
            if tensor.dim() > 1: tensor.mul_({"wte": 4.0, "wpe": 20.0}.get(name.split(".")[1], 3.0))
    model = model.to(dtype)
    model.save_pretrained(folder)
    model = GPT2LMHeadModel.from_pretrained(folder, dtype=dtype)
    return model.transformer if headless else model


def adapt(model, folder, safe=True, **fields):
    torch.manual_seed(2)
    adapted = get_peft_model(model, LoraConfig(**(dict(task_type="CAUSAL_LM") | fields)))
    with torch.no_grad():
        for name, tensor in adapted.named_parameters():
            if "lora_" in name: tensor.normal_(0, 0.2)
    adapted.peft_config["default"].base_model_name_or_path = "../base"
    adapted.save_pretrained(folder, safe_serialization=safe)
    return adapted


def share(errors):
    """Of the products, as the notice says it."""
    return errors.partition(", of ")[2].partition(",")[0]


class Judge:
    def __init__(self, binary, device):
        self.binary, self.device, self.failures = binary, device, 0

    def run(self, *arguments):
        tokens = ",".join(str((17 * i * i + 5) % 307) for i in range(60))
        run = subprocess.run([self.binary, "score", "--tokens", tokens, "--device", self.device, "--precision", "fp32",
                              "--format", "json", *arguments], capture_output=True, text=True)
        return (json.loads(run.stdout)["logprobs"][1:] if run.returncode == 0 else None), run.stderr, run.returncode

    def tell(self, name, is_right, text):
        self.failures += not is_right
        print(f"{'ok  ' if is_right else 'FAIL'} {name}: {text}", flush=True)

    def compare(self, name, folder, tolerance):
        wanted, errors, _ = self.run("--model", f"{folder}/merged")
        plain, _, _ = self.run("--model", f"{folder}/base")
        if wanted is None or plain is None: return self.tell(name, False, errors)
        for arguments in (["--model", f"{folder}/base", "--adapter", f"{folder}/lora"], ["--model", f"{folder}/lora"],
                          ["--adapter", f"{folder}/lora"]):
            found, errors, _ = self.run(*arguments)
            if found is None: return self.tell(name, False, errors)
            off = max(abs(a - b) for a, b in zip(found, wanted))
            change = max(abs(a - b) for a, b in zip(plain, wanted))
            self.tell(name, off <= tolerance < change and "is merged into" in errors, f"{off:.1e} from PEFT's, {change:.1f} from the base's; {share(errors)}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default=".build/release/gpt2-gpu")
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    judge = Judge(os.path.abspath(arguments.binary), arguments.device)
    cases = [(name, "float32", True, False, fields) for name, fields in ADAPTERS.items()]
    cases += [("pickle", "float32", False, False, {}), ("without a head", "float32", True, True, dict(task_type="FEATURE_EXTRACTION"))]
    cases += [(f"{dtype} {name}", dtype, True, False, ADAPTERS[name]) for dtype in ("float16", "bfloat16") for name in ("default", "all products")]
    for name, dtype, safe, headless, fields in cases:
        with tempfile.TemporaryDirectory() as folder:
            model = base(f"{folder}/base", getattr(torch, dtype), headless)
            adapted = adapt(model, f"{folder}/lora", safe, **fields)
            merged = adapted.merge_and_unload()
            if headless:
                whole = GPT2LMHeadModel(merged.config)
                whole.transformer = merged
                whole.tie_weights()
                merged = whole
            merged.save_pretrained(f"{folder}/merged")
            judge.compare(name, folder, TOLERANCE[dtype])
    for name, fields in LEFT_OUT.items():
        with tempfile.TemporaryDirectory() as folder:
            adapt(base(f"{folder}/base", torch.float32), f"{folder}/lora")
            with open(f"{folder}/lora/adapter_config.json") as file: configuration = json.load(file)
            for field in fields: del configuration[field]
            with open(f"{folder}/lora/adapter_config.json", "w") as file: json.dump(configuration, file)
            model = GPT2LMHeadModel.from_pretrained(f"{folder}/base")
            PeftModel.from_pretrained(model, f"{folder}/lora").merge_and_unload().save_pretrained(f"{folder}/merged")
            judge.compare(name, folder, TOLERANCE["float32"])
    for name, fields in REFUSED.items():
        with tempfile.TemporaryDirectory() as folder:
            adapt(base(f"{folder}/base", torch.float32), f"{folder}/lora", **fields)
            _, errors, status = judge.run("--model", f"{folder}/base", "--adapter", f"{folder}/lora")
            judge.tell(f"refuses {name}", status == 4 and name in errors, errors.strip())
    sys.exit(judge.failures > 0)


if __name__ == "__main__":
    main()
