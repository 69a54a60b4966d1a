#!/usr/bin/env python3
"""Writes what the real GPT-2 tokenizer makes of the strings and ids that ConformanceTests.swift draws again.

    make_fixture.py FOLDER          a folder with GPT-2's vocab.json and merges.txt; needs `pip install tokenizers`
    make_fixture.py FOLDER --print  the strings' ids as JSON Lines instead

token_hashes.bin    of each string, the FNV-1a hash of its ids; 8 bytes each, little-endian, as the ids' 4 bytes are
text_hashes.bin     of each sequence of ids, the FNV-1a hash of its text's UTF-8
scalar_classes.txt  runs of scalars of one class: first, last, and L(etter), N(umber), S(pace) or O(ther)
"""

import json
import sys
from itertools import groupby
from pathlib import Path

from tokenizers import Tokenizer, decoders, pre_tokenizers
from tokenizers.models import BPE

HERE = Path(__file__).parent
STRINGS = 10_000
SEQUENCES = 2_000
MASK = (1 << 64) - 1


class SplitMix64:
    """Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014."""

    def __init__(self, seed):
        self.state = seed

    def below(self, bound):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & MASK
        z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
        return (z ^ z >> 31) % bound


def fnv1a(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & MASK
    return value.to_bytes(8, "little")


def fragments():
    for line in (HERE / "fragments.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            if ".." in line:
                yield "range", [int(part, 16) for part in line.split("..")]
            else:
                yield "sequence", [int(part, 16) for part in line.split()]


def string(seed, alphabet):
    random = SplitMix64(seed)
    scalars = []
    for _ in range(random.below(24)):
        kind, values = alphabet[random.below(len(alphabet))]
        if kind == "sequence":
            scalars += values
        else:
            first, last = values
            scalars += [first + random.below(last - first + 1) for _ in range(1 + random.below(4))]
    return "".join(map(chr, scalars))


def sequence(seed):
    """Half the ids are single bytes, to make broken and split characters."""
    random = SplitMix64(1 << 32 | seed)
    return [random.below(256 if random.below(2) == 0 else 50257) for _ in range(random.below(24))]


def scalar_class(scalar, cut):
    """A character's class, by the one of four words that it does not begin a new one after."""
    for name, neighbour in zip("LNOS", "a1!\t"):
        if len(cut(neighbour + chr(scalar))) == 1:
            return name


def main():
    folder = Path(sys.argv[1])
    tokenizer = Tokenizer(BPE.from_file(str(folder / "vocab.json"), str(folder / "merges.txt")))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<|endoftext|>"])

    alphabet = list(fragments())
    tokens = [tokenizer.encode(string(seed, alphabet)).ids for seed in range(STRINGS)]
    if "--print" in sys.argv:
        for ids in tokens:
            print(json.dumps(ids, separators=(",", ":")))
        return
    (HERE / "token_hashes.bin").write_bytes(
        b"".join(fnv1a(b"".join(id.to_bytes(4, "little") for id in ids)) for ids in tokens))
    (HERE / "text_hashes.bin").write_bytes(
        b"".join(
            fnv1a(tokenizer.decode(sequence(seed), skip_special_tokens=False).encode())
            for seed in range(SEQUENCES)))

    scalars = [s for s in range(0x110000) if not 0xD800 <= s < 0xE000]
    with open(HERE / "scalar_classes.txt", "w") as out:
        for name, run in groupby(scalars, lambda s: scalar_class(s, tokenizer.pre_tokenizer.pre_tokenize_str)):
            run = list(run)
            out.write(f"{run[0]:X} {run[-1]:X} {name}\n")


if __name__ == "__main__":
    main()
