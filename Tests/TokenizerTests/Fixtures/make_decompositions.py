#!/usr/bin/env python3
"""Writes Sources/CUnicode/decompositions.txt: what `tokenizers` decomposes characters into.

Needs `pip install tokenizers`.

Each line has a character, a letter, and its decomposition, all in hexadecimal:

C  canonical, and composed again
D  canonical, and not composed again
K  compatible, where that differs from the canonical one

Hangul syllables, which are computed, are left out.
"""

from pathlib import Path

from tokenizers import normalizers

OUT = Path(__file__).resolve().parents[3] / "Sources/CUnicode/decompositions.txt"
NFC, NFD, NFKD = normalizers.NFC(), normalizers.NFD(), normalizers.NFKD()


def main():
    with open(OUT, "w") as out:
        for scalar in range(0x110000):
            if 0xD800 <= scalar < 0xE000 or 0xAC00 <= scalar < 0xAC00 + 11172:
                continue
            text = chr(scalar)
            canonical, compatible = NFD.normalize_str(text), NFKD.normalize_str(text)
            lines = []
            if canonical != text:
                lines.append(("C" if NFC.normalize_str(canonical) == text else "D", canonical))
            if compatible != canonical:
                lines.append(("K", compatible))
            for letter, parts in lines:
                out.write(f"{scalar:X} {letter} {' '.join(f'{ord(part):X}' for part in parts)}\n")


main()
