#!/usr/bin/env python3
"""Writes a large model and drafts for it that guess a known share of its tokens right: made-up weights, real shapes.

  make_drafts.py FOLDER [--model 1558m] [--draft 124m] [--shares 0.0,0.6,1.0]     FOLDER/model, FOLDER/0.0, FOLDER/0.6, ...

Each token has one that follows it, whatever stands before: no layer adds anything to the sum that the head reads, though
each is computed, and the head has the embeddings of the tokens' predecessors. A draft has other successors for some tokens.
Needs numpy and safetensors. The tokenizer is copied from --tokenizer, a folder with vocab.json and merges.txt.
"""

import argparse
import json
import os
import shutil

import numpy
from safetensors.numpy import save_file

# Layers, heads, channels.
SHAPES = {"124m": (12, 12, 768), "355m": (24, 16, 1024), "774m": (36, 20, 1280), "1558m": (48, 25, 1600)}
VOCABULARY, CONTEXT = 50257, 1024


def write(folder, shape, successors, tokenizer):
    """Write a model in which `successors[token]` follows each token."""
    numbers = numpy.random.default_rng(1)
    layers, heads, channels = SHAPES[shape]

    def random(*sizes):
        return numbers.standard_normal(sizes, dtype=numpy.float32).astype(numpy.float16)

    embedding = random(VOCABULARY, channels)
    head = numpy.empty_like(embedding)
    head[successors] = embedding
    tensors = {"transformer.wte.weight": embedding, "lm_head.weight": head}
    tensors["transformer.wpe.weight"] = numpy.zeros((CONTEXT, channels), numpy.float16)
    norms = ["transformer.ln_f"]
    for layer in range(layers):
        name = f"transformer.h.{layer}."
        norms += [name + "ln_1", name + "ln_2"]
        for product, inner, outer in (
            ("attn.c_attn", channels, 3 * channels),
            ("attn.c_proj", channels, channels),
            ("mlp.c_fc", channels, 4 * channels),
            ("mlp.c_proj", 4 * channels, channels),
        ):
            adds = product.endswith("c_proj")
            weight = numpy.zeros((inner, outer), numpy.float16) if adds else random(inner, outer) * numpy.float16(0.02)
            tensors[f"{name}{product}.weight"] = weight
            tensors[f"{name}{product}.bias"] = numpy.zeros(outer, numpy.float16)
    for name in norms:
        tensors[name + ".weight"] = numpy.ones(channels, numpy.float16)
        tensors[name + ".bias"] = numpy.zeros(channels, numpy.float16)
    os.makedirs(folder, exist_ok=True)
    save_file(tensors, os.path.join(folder, "model.safetensors"), metadata={"format": "pt"})
    config = dict(model_type="gpt2", architectures=["GPT2LMHeadModel"], n_layer=layers, n_head=heads, n_embd=channels)
    config |= dict(n_positions=CONTEXT, vocab_size=VOCABULARY, tie_word_embeddings=False)
    with open(os.path.join(folder, "config.json"), "w") as file:
        json.dump(config, file, indent=1)
    for name in ("vocab.json", "merges.txt"):
        shutil.copy(os.path.join(tokenizer, name), folder)


def main():
    """Write all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--model", choices=SHAPES, default="1558m")
    parser.add_argument("--draft", choices=SHAPES, default="124m")
    parser.add_argument("--shares", default="0.0,0.6,1.0")
    parser.add_argument("--tokenizer", required=True)
    options = parser.parse_args()
    numbers = numpy.random.default_rng(2)
    successors = numbers.permutation(VOCABULARY)
    write(os.path.join(options.folder, "model"), options.model, successors, options.tokenizer)
    for share in options.shares.split(","):
        guesses = successors.copy()
        wrong = numbers.permutation(VOCABULARY)[: round((1 - float(share)) * VOCABULARY)]
        guesses[wrong] = numpy.roll(guesses[wrong], 1)
        write(os.path.join(options.folder, share), options.draft, guesses, options.tokenizer)


if __name__ == "__main__":
    main()
