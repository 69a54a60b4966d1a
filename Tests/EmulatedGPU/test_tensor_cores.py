#!/usr/bin/env python3
"""Products on tensor cores: sums are to the bit the same whatever the tile, and near the portable kernel's."""

import os
import struct
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from kernels import BF16, FP16, INT8, TENSOR_CORES, floats, library, rounded_up  # noqa: E402
from products import Product  # noqa: E402

FEW, TILES = "simt/linear_mma.cl", "simt/linear_mma_tiles.cl"
# Every height and width, sums that wait for others of their warp, and that do not.
FEW_TILES = [
    {"TM": 8, "WIDTH": 16, "WARPS": 8, "STAGES": 3},
    {"TM": 8, "WIDTH": 16, "WARPS": 12, "STAGES": 2},
    {"TM": 16, "WIDTH": 32, "WARPS": 4, "STAGES": 3},
    {"TM": 16, "WIDTH": 16, "WARPS": 2, "STAGES": 4},
]
MANY_TILES = [
    {"TM": 32, "PANELS": 1, "STAGES": 4},
    {"TM": 64, "PANELS": 1, "STAGES": 8},
    {"TM": 64, "PANELS": 2, "STAGES": 8},
    {"TM": 128, "PANELS": 2, "STAGES": 8},
    {"TM": 32, "TN": 64, "PANELS": 1, "STAGES": 16},
]


class TensorProduct(Product):
    """On tensor cores."""

    @property
    def halves(self):
        """The sums that K is cut in."""
        return 2 if self.type != INT8 and self.k > 47 * 64 else 1

    def few(self, tile, backward=False, split=1, norm=None):
        """The product by linear_mma.cl, as words: `split` groups share K; `norm` is a gain and a shift."""
        tiles, across = rounded_up(self.rows, tile["TM"]) // tile["TM"], 32 * self.panels // tile["WIDTH"]
        parts = rounded_up(self.k, 64) // 64
        handed = bytearray(4 * tiles * across * parts * tile["TM"] * tile["WIDTH"])
        arrivals = bytearray(4 * tiles * across)
        gain, shift = (floats(numbers) for numbers in norm or ([0.0], [0.0]))
        before = [floats(self.x), self.weights, floats(self.bias), gain, shift, handed, arrivals, self.weights]
        epsilon = struct.pack("<f", 1e-5)
        after = [self.rows, self.k, self.stride, self.y_stride, self.epilogue, norm is not None, epsilon, 0]
        after.append(len(self.weights) // 32)
        groups = (split, tiles, across)
        definitions = TENSOR_CORES | tile | {"HALVES": self.halves}
        found = self.run(FEW, definitions, before, after, groups, 32 * tile["WARPS"], backward)
        assert not any(arrivals), "arrivals are left behind"
        return found

    def normalized(self, gain, shift):
        """The rows that layer_norm.cl makes, in place of its own."""
        found = floats(self.x)
        before = [floats(self.x), floats(gain), floats(shift), found, bytearray(4)]
        report = library("simt/layer_norm.cl", FP16).run(
            "layer_norm", [*before, self.k, self.stride, 0, struct.pack("<f", 1e-5)], (self.rows, 1, 1), (128, 1, 1)
        )
        assert not report, report
        self.x = list(struct.unpack(f"<{len(self.x)}f", found))

    def tiles(self, tile, backward=False):
        """The product by linear_mma_tiles.cl, as words: two groups share a long sum."""
        height, width, items = tile["TM"], tile.get("TN", 128), 4 * tile["TM"] // tile["PANELS"]
        size = rounded_up(self.rows, height) * rounded_up(32 * self.panels, width)
        handed, arrivals = bytearray(4 * 2 * size), bytearray(4 * size // (height * width))
        definitions = TENSOR_CORES | tile | {"HALVES": self.halves}
        found = self.many(TILES, definitions, height, width, items, backward, (handed, arrivals), self.halves)
        assert not any(arrivals), "arrivals are left behind"
        return found


class TensorCoreTests(unittest.TestCase):
    """linear_mma.cl and linear_mma_tiles.cl."""

    def check(self, weight_type, **definitions):
        """All tiles at sizes that hurt: one, odd, one over a part, over a tile, more parts than warps."""
        for rows, k, n in ((1, 1, 1), (5, 129, 33), (18, 300, 65), (9, 1100, 31)):
            product = TensorProduct(weight_type, rows, k, n)
            first = product.few(FEW_TILES[0] | definitions)
            for tile in FEW_TILES:
                for backward in (False, True):
                    self.assertEqual(product.few(tile | definitions, backward), first, (tile, backward, rows, k, n))
            for tile in MANY_TILES:
                for backward in (False, True):
                    found = product.tiles(tile | definitions, backward)
                    self.assertEqual(found, first, (tile, backward, rows, k, n))
            portable = product.portable()
            if weight_type == INT8:
                self.assertEqual(first, portable, (rows, k, n))
            for row, expected in zip(first, portable):
                for word, right in zip(row, expected):
                    value, near = (struct.unpack("<f", struct.pack("<I", bits))[0] for bits in (word, right))
                    self.assertLess(abs(value - near), 1e-5 * max(1, abs(near)), (rows, k, n))

    def test_halves(self):
        """A long sum is two, which tiles leave to two groups: of 48 parts, and, with a ragged end, of 49 and 97."""
        for weight_type, rows, k, n in ((FP16, 2, 3072, 33), (FP16, 33, 3085, 65), (BF16, 2, 6145, 31)):
            product = TensorProduct(weight_type, rows, k, n)
            first = product.few(FEW_TILES[0])
            for i, split in ((1, 2), (2, 1), (3, 3)):
                self.assertEqual(product.few(FEW_TILES[i], i == 1, split), first, (weight_type, i, rows, k, n))
            for i, tile in enumerate(MANY_TILES):
                self.assertEqual(product.tiles(tile, i % 2 == 1), first, (weight_type, tile, rows, k, n))
            for row, expected in zip(first, product.portable()):
                for word, right in zip(row, expected):
                    value, near = (struct.unpack("<f", struct.pack("<I", bits))[0] for bits in (word, right))
                    self.assertLess(abs(value - near), 2e-5 * max(1, abs(near)), (rows, k, n))

    def test_halves_of_several_tiles(self):
        """Tiles of 64 and 128 rows, of which the last one has few, each shared by two groups."""
        product = TensorProduct(FP16, 130, 3072, 33)
        first = product.few(FEW_TILES[2])
        for tile in MANY_TILES[2:4]:
            self.assertEqual(product.tiles(tile), first, tile)

    def test_halves_wait_for_each_other(self):
        """A group that adds the other's half without knowing that it is there is reported."""
        product = TensorProduct(FP16, 2, 3072, 33)
        arrival = "if (!is_last(arrivals + ownTile, 2, (__local int*)xs)) return;"
        with self.assertRaisesRegex(AssertionError, "items of two work-groups touch one address"):
            product.tiles(MANY_TILES[-1] | {"planted": (arrival, "")})

    def test_shared_sums_and_norms(self):
        """Work-groups that share K, and rows that the product normalizes, give the bits of one and of layer_norm.cl."""
        for weight_type in (FP16, BF16, INT8):
            for rows, k, n in ((1, 1500, 33), (9, 769, 31)):
                product = TensorProduct(weight_type, rows, k, n)
                norm = [[(i * 37 % 64 - 20) / 16 for i in range(k + sign)] for sign in (0, 1)]
                own = [product.few(tile, norm=norm) for tile in FEW_TILES]
                shared = [
                    product.few(FEW_TILES[i], i == 1, split, norm) for i, split in ((0, 2), (1, 3), (2, 4), (3, 9))
                ]
                product.normalized(*norm)
                for found in own + shared:
                    self.assertEqual(found, product.few(FEW_TILES[0]), (weight_type, rows, k, n))

    def test_fp16(self):
        """Each activation as two numbers of fp16."""
        self.check(FP16)

    def test_bf16(self):
        """Pairs."""
        self.check(BF16)

    def test_int8(self):
        """Exact sums of groups: the portable kernel's bits."""
        self.check(INT8)

    def test_sm_75(self):
        """With the instructions of GPUs before: sums of fp16 of their own, those of integers the portable kernel's."""
        self.check(FP16, MMA_SM=75)
        self.check(INT8, MMA_SM=75)

    def test_epilogues(self):
        """An activation, and what is added to what was there, are the same of every tile."""
        product = TensorProduct(FP16, 18, 65, 65)
        plain = product.tiles(MANY_TILES[0])
        for product.epilogue in (1, 2):
            first = product.few(FEW_TILES[0])
            self.assertNotEqual(first, plain)
            for tile in MANY_TILES:
                self.assertEqual(product.tiles(tile), first, (tile, product.epilogue))

    def test_range(self):
        """Activations beyond fp16's largest number are right up to twice that, and then infinite; NaN stays."""
        product = TensorProduct(FP16, 4, 64, 32)
        product.weights = bytearray(struct.pack("<e", 0.5) * (64 * 32))
        product.bias = [0.0] * 32
        for row, large in enumerate((70_000.0, -130_016.0, 1e6, float("nan"))):
            product.x[row * product.stride : row * product.stride + 64] = [large] + [0.0] * 63
        found = product.few(FEW_TILES[0])
        self.assertEqual(found, product.tiles(MANY_TILES[0]))
        values = [struct.unpack("<f", struct.pack("<I", row[0]))[0] for row in found]
        self.assertEqual(values[:3], [35_000.0, -65_008.0, float("inf")])
        self.assertNotEqual(values[3], values[3])

    def test_forms(self):
        """Both ways to pass a local pointer that clang reads as meant give the same."""
        product = TensorProduct(FP16, 3, 200, 16)
        first = product.few(FEW_TILES[0])
        self.assertEqual(product.few(FEW_TILES[0] | {"MMA_FORM": 1}), first)


if __name__ == "__main__":
    unittest.main()
