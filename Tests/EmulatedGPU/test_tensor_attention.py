#!/usr/bin/env python3
"""Attention on tensor cores: a row's numbers are to the bit the same whatever its company, and near the right ones."""

import math
import os
import random
import struct
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from kernels import FP16, TENSOR_CORES, floats, library, rounded_up  # noqa: E402

PAGE = 64
TILES, ROW = "simt/attention_mma.cl", "simt/attention_mma_row.cl"
NAN = float("nan")


def words(numbers):
    """fp32 numbers as their bits."""
    return struct.unpack(f"<{len(numbers) // 4}I", numbers)


def half(number):
    """A number as fp16 holds it."""
    return struct.unpack("<e", struct.pack("<e", number))[0]


class Context:
    """Made-up queries, keys and values of the positions of a sequence."""

    def __init__(self, head_size, heads, positions, spread=1.0, **definitions):
        """Makes them; `spread` times as far apart as of N(0, 1) are queries, and so scores. Kernels get `definitions`."""
        self.definitions = TENSOR_CORES | definitions
        numbers = random.Random(f"{head_size} {heads} {positions}")
        self.size, self.heads, self.positions = head_size, heads, positions
        self.pages = rounded_up(positions, PAGE) // PAGE
        self.table = numbers.sample(range(self.pages + 2), self.pages)
        self.stride = 3 * heads * head_size + 16
        self.rows = [[numbers.gauss(0, 1) for _ in range(3 * heads * head_size)] for _ in range(positions)]
        for row in self.rows:
            row[: heads * head_size] = [spread * number for number in row[: heads * head_size]]
        self.scale = struct.unpack("<f", struct.pack("<f", head_size**-0.5))[0]

    def cache(self, count):
        """Keys and values of the first `count` positions; behind them, what nobody may use."""
        caches = []
        for which in (1, 2):
            cache = [NAN] * ((self.pages + 2) * self.heads * PAGE * self.size)
            for position in range(count):
                for head in range(self.heads):
                    place = (self.table[position // PAGE] * self.heads + head) * PAGE + position % PAGE
                    first = (which * self.heads + head) * self.size
                    cache[place * self.size : (place + 1) * self.size] = self.rows[position][first : first + self.size]
            caches.append(bytearray(struct.pack(f"<{len(cache)}e", *cache)))
        return caches

    def attend(self, first, count, pages_each=100, warps=4, backward=False, alone=False, ended=0, planted=None):
        """The attention of `count` rows from position `first` on, as words; `alone`: as tiles of one row.

        With a `planted` bug the emulator's report, where there is one.
        """
        tile_rows = 1 if alone else 16
        tiles = [(row, min(tile_rows, count - row), 0, first + row) for row in range(0, count, tile_rows)]
        qkv = []
        for position in range(first, first + count):
            qkv += self.rows[position] + [NAN] * 16
        results = []
        for launch in [[tile] for tile in tiles] if alone else [tiles]:
            last = launch[-1][3] + launch[-1][1]
            keys, values = self.cache(last - 1 if alone else last)
            chunks = rounded_up(rounded_up(last, PAGE) // PAGE, pages_each) // pages_each
            found = floats([NAN] * (len(launch) * tile_rows * self.heads * chunks * pages_each * (self.size + 2)))
            arrivals = bytearray(4 * len(launch) * self.heads)
            y = floats([NAN] * (count * self.heads * self.size))
            rows = [(0, first + row, -1 if alone else 0, int(alone)) for row in range(count)]
            pointers = [floats(qkv), integers(rows), integers(launch), integers([self.table]), integers([[ended]])]
            pointers += [keys, values, found, arrivals, bytearray(64), y]
            numbers = [0, len(launch), self.heads, self.pages, pages_each, self.stride, self.heads * self.size, 0]
            definitions = {"D": self.size, **({"PAGES": warps // 2} if alone else {"TQ": 16, "WARPS": warps})}
            numbers.append(struct.pack("<f", self.scale))
            if alone:  # and one more layer of groups asks for weights
                numbers += [0, 2]
            else:  # the row's place, the sequences that have ended, and where y lies are of single rows
                del pointers[9], pointers[4], pointers[1], numbers[7], numbers[1]
            path, items = (ROW, 64 * warps) if alone else (TILES, 32 * warps)
            report = library(path, FP16, planted, **definitions, **self.definitions).run(
                "attend", pointers + numbers, (chunks, self.heads, len(launch) + alone),
                (items, 1, 1), backward, 100_000_000,
            )  # fmt: skip
            if planted and report:
                return report
            assert not report, report
            assert not any(arrivals), "arrivals are left behind"
            width = self.heads * self.size
            found_words = words(y)
            for row, rows_of_tile, _, _ in launch:
                results += [found_words[m * width : (m + 1) * width] for m in range(row, row + rows_of_tile)]
            if alone and not ended and not planted:  # the row's own key and value are in the cache now
                expected = self.cache(last)
                assert (keys, values) == tuple(expected), "the cache is not what it must be"
        return results

    def expected(self, position):
        """The attention of a row in fp64, of keys and values as the cache holds them."""
        result, size = [], self.size
        for head in range(self.heads):
            query = self.rows[position][head * size : (head + 1) * size]
            scores, values = [], []
            for row in self.rows[: position + 1]:
                key = row[(self.heads + head) * size : (self.heads + head + 1) * size]
                scores.append(self.scale * sum(a * half(b) for a, b in zip(query, key)))
                values.append(row[(2 * self.heads + head) * size : (2 * self.heads + head + 1) * size])
            weights = [math.exp(score - max(scores)) for score in scores]
            total = sum(weights)
            result += [sum(w * half(row[d]) for w, row in zip(weights, values)) / total for d in range(size)]
        return result


def integers(rows):
    """Rows of int32 in memory."""
    numbers = [number for row in rows for number in row]
    return bytearray(struct.pack(f"<{len(numbers)}i", *numbers))


class TensorAttentionTests(unittest.TestCase):
    """attention_mma.cl and attention_mma_row.cl."""

    def check_near(self, context, position, found):
        """A row is near the one of fp64."""
        numbers = struct.unpack(f"<{len(found)}f", struct.pack(f"<{len(found)}I", *found))
        for channel, (number, right) in enumerate(zip(numbers, context.expected(position))):
            self.assertLess(abs(number - right), 3e-6, (context.size, position, channel))

    def test_company(self):
        """Alone, in tiles cut elsewhere, in chunks, by other warps, backward: the same bits, near the right numbers."""
        self.check_company((64, 150, 2), (1, 3, 3), (7, 66, 1), (20, 65, 1), (33, 70, 1), (80, 129, 1))

    def test_company_of_sm_75(self):
        """The same with the instructions of GPUs before."""
        self.check_company((64, 150, 2), (7, 66, 1), (80, 129, 1), MMA_SM=75)

    def check_company(self, *contexts, **definitions):
        """The same of contexts of sizes, positions and heads, for kernels with `definitions`."""
        for size, positions, heads in contexts:
            context = Context(size, heads, positions, **definitions)
            whole = context.attend(0, positions)
            for position in (0, positions // 2, positions - 1):
                self.check_near(context, position, whole[position])
            with self.subTest(size=size, positions=positions):
                begin = max(0, positions - 21)
                self.assertEqual(context.attend(begin, positions - begin, backward=True), whole[begin:])
                self.assertEqual(context.attend(begin, positions - begin, pages_each=1), whole[begin:])
                self.assertEqual(context.attend(begin, 2, pages_each=2, warps=2, backward=True), whole[begin:][:2])
                alone = max(0, positions - 2)
                self.assertEqual(context.attend(alone, positions - alone, alone=True), whole[alone:])
                self.assertEqual(context.attend(alone, 1, alone=True, pages_each=1, backward=True), whole[alone:][:1])

    def test_edges_of_pages(self):
        """Rows at and around a page's first position, alone and together."""
        context = Context(64, 1, 130)
        whole = context.attend(0, 130)
        for position in (0, 1, 15, 16, 62, 63, 64, 65, 127, 128, 129):
            self.assertEqual(context.attend(position, 1, alone=True), whole[position : position + 1], position)
        self.assertEqual(context.attend(60, 16), whole[60:76])

    def test_long_contexts(self):
        """The most positions of GPT-2, and the widest head, in every division of the pages."""
        context = Context(128, 1, 1024)
        whole = context.attend(1007, 17)
        self.check_near(context, 1023, whole[-1])
        for pages_each, backward in ((1, False), (3, True), (5, False), (8, True)):
            self.assertEqual(context.attend(1020, 4, pages_each, backward=backward), whole[13:])
            self.assertEqual(context.attend(1023, 1, pages_each, backward=backward, alone=True), whole[16:])

    def test_sharp_scores(self):
        """Scores so far apart that one position has all the weight, and the others none."""
        context = Context(64, 1, 100, spread=100.0)
        whole = context.attend(0, 100)
        for position in (1, 63, 64, 99):
            numbers = struct.unpack("<64f", struct.pack("<64I", *whole[position]))
            self.assertLess(max(abs(a - b) for a, b in zip(numbers, context.expected(position))), 1e-4)
        self.assertEqual(context.attend(99, 1, alone=True), whole[99:])

    def test_planted_bugs(self):
        """A test that cannot fail tests nothing: each of these is reported, or gives other numbers."""
        context = Context(64, 1, 150)
        right = {alone: context.attend(148 if alone else 134, 1 if alone else 16, alone=alone) for alone in (0, 1)}
        fold = "barrier(CLK_LOCAL_MEM_FENCE);\n\n    for (int other"
        behind = "    }\n    barrier(CLK_LOCAL_MEM_FENCE);\n  }\n"
        product, copies = "multiply_halves(sum[j], query, b)", "AWAIT_COPIES(0)"
        scores = "barrier(CLK_LOCAL_MEM_FENCE);  // scores and values are there"
        sums = "barrier(CLK_LOCAL_MEM_FENCE);\n    if (!IS_AHEAD)"
        for alone, backward, text, replacement, report in (
            (0, 1, fold, "for (int other", "before it is written"),
            (0, 0, behind, behind.replace("    barrier(CLK_LOCAL_MEM_FENCE);\n", ""), "without a barrier between them"),
            (1, 0, scores, "", "before it is written"),
            (1, 1, sums, "if (!IS_AHEAD)", "before it is written"),
            (1, 0, copies, "AWAIT_COPIES(1)", "before cp.async has filled it"),
            (1, 0, "      WARP_BARRIER();\n", "", "without a barrier between them"),
            (0, 0, product, "if (lane < 16) " + product, "not together"),
            (0, 0, "+ i <= last ?", "+ i < last ?", None),
            (0, 0, "(min(position, count - 1) & (PAGE - 1))", "position", None),
            (1, 0, "8 * j + g < there", "8 * j + g <= there", None),
            (1, 0, "if (POSITION >= there)", "if (POSITION > there)", None),
            (1, 0, "added += own.y;", "", None),
            (0, 0, "0x7632", "0x5410", None),
            (0, 0, "for (int split = 1; split >= 0; split--)", "for (int split = 0; split >= 0; split--)", None),
            (0, 0, "factors.x, pageSum * factors.y", "1.0f, pageSum * factors.y", None),
        ):
            with self.subTest(planted=replacement):
                first, count = (148, 1) if alone else (134, 16)
                planted = (text, replacement)
                found = context.attend(first, count, warps=2, backward=backward, alone=alone, planted=planted)
                if report:
                    self.assertIn(report, found)
                else:
                    self.assertNotEqual(found, right[alone])

    def test_ended(self):
        """The last sample of a sequence that has ended is left out."""
        found = Context(64, 1, 3).attend(2, 1, alone=True, ended=1)
        self.assertEqual({number & 0x7FC00000 for number in found[0]}, {0x7FC00000})


if __name__ == "__main__":
    unittest.main()
