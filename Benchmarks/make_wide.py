#!/usr/bin/env python3
"""Writes a model of a larger shape that writes the same texts: what guesses are right is real, and so is what a step costs.

  make_wide.py FOLDER [--model Models/demo] [--shape 124m]

Each channel, head and hidden value stands there several times, so that layer norms see the same mean and deviation, and
products read the first of them. Layers and tokens that the small model lacks add nothing, and are never the likeliest.
Needs numpy and safetensors.
"""

import argparse
import json
import os
import shutil

import numpy
from make_drafts import SHAPES, VOCABULARY
from safetensors.numpy import load_file, save_file


def widened(tensors, small, large):
    """Return the tensors of a model with `large` layers, heads and channels that does what one with `small` does."""
    (layers, _, channels), (all_layers, _, all_channels) = small, large
    times = all_channels // channels

    def repeated(tensor, parts=1):
        """Repeat the last axis, each of its parts (queries, keys, values) by itself."""
        return numpy.concatenate([numpy.tile(part, times) for part in numpy.split(tensor, parts, axis=-1)], axis=-1)

    def product(weight, parts=1):
        """Read the first of the repeated inputs, and repeat the outputs."""
        rest = numpy.zeros(((times - 1) * len(weight), times * weight.shape[1]), weight.dtype)
        return numpy.concatenate([repeated(weight, parts), rest])

    embedding = tensors["transformer.wte.weight"]
    rarest = numpy.argmin(embedding.astype(numpy.float32) @ tensors["transformer.ln_f.bias"].astype(numpy.float32))
    # A token that is missing is as likely as the rarest, which comes before it.
    rows = numpy.concatenate([embedding, numpy.tile(embedding[rarest], (VOCABULARY - len(embedding), 1))])
    head = numpy.zeros((VOCABULARY, all_channels), rows.dtype)
    head[:, :channels] = rows
    wide = {"transformer.wte.weight": repeated(rows), "lm_head.weight": head}
    for name, tensor in tensors.items():
        parts = 3 if ".c_attn." in name else 1
        if name.endswith((".c_attn.weight", ".c_proj.weight", ".c_fc.weight")):
            wide[name] = product(tensor, parts)
        elif name not in wide:
            wide[name] = repeated(tensor, parts)
    for layer in range(layers, all_layers):
        for name in [name for name in wide if name.startswith("transformer.h.0.")]:
            wide[name.replace(".h.0.", f".h.{layer}.")] = numpy.zeros_like(wide[name])
    return wide


def main():
    """Write it."""
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--model", default=os.path.join(here, "../Models/demo"))
    parser.add_argument("--shape", choices=SHAPES, default="124m")
    options = parser.parse_args()
    with open(os.path.join(options.model, "config.json")) as file:
        config = json.load(file)
    small, large = (config["n_layer"], config["n_head"], config["n_embd"]), SHAPES[options.shape]
    if any(of % part for of, part in zip(large[1:], small[1:])) or large[1] * small[2] != large[2] * small[1]:
        parser.error(f"channels and heads of {options.shape} are not the same multiple of the model's")
    tensors = load_file(os.path.join(options.model, "model.safetensors"))
    os.makedirs(options.folder, exist_ok=True)
    save_file(
        widened(tensors, small, large), os.path.join(options.folder, "model.safetensors"), metadata={"format": "pt"}
    )
    config |= dict(zip(("n_layer", "n_head", "n_embd"), large), vocab_size=VOCABULARY, tie_word_embeddings=False)
    with open(os.path.join(options.folder, "config.json"), "w") as file:
        json.dump(config, file, indent=1)
    for name in ("tokenizer.json", "tokenizer_config.json", "generation_config.json"):
        shutil.copy(os.path.join(options.model, name), options.folder)


if __name__ == "__main__":
    main()
