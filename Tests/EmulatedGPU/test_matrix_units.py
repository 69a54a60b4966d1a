#!/usr/bin/env python3
"""Products on matrix units of Intel's and AMD's GPUs have the numbers of the portable kernel, to the bit.

Their instructions are shuffles of a warp here (instructions/), as their makers' pages describe them; that a device does
the same, its probe sees.
"""

import os
import random
import struct
import sys
import unittest
from unittest import mock

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from kernels import INT8, floats, library, rounded_up  # noqa: E402

MATRICES, TILES = "simt/linear_matrix_tiles.cl", "simt/linear_tiles.cl"
INT4 = 4
XMX, WMMA = 8, 9  # DOT_… of common/types.h


class Product:
    """Made-up rows and a packed matrix, whose numbers are what their bits say."""

    def __init__(self, weight_type, rows, k, n):
        """Makes them."""
        numbers = random.Random(f"{weight_type} {rows} {k} {n}")
        self.type, self.rows, self.k, self.n, self.epilogue = weight_type, rows, k, n, 0
        self.panels, groups = rounded_up(n, 32) // 32, rounded_up(k, 128) // 128
        self.stride, self.y_stride = (34 + (4 if weight_type == INT4 else 0)) * groups + 6, 32 * self.panels + 16
        self.x = bytearray()
        for _ in range(rows):
            for _ in range(groups):
                self.x += struct.pack("<fi", numbers.random(), numbers.randrange(-50_000, 50_000))
            self.x += numbers.randbytes(128 * groups)
            if weight_type == INT4:
                self.x += struct.pack(f"<{4 * groups}i", *(numbers.randrange(-2_000, 2_000) for _ in range(4 * groups)))
            self.x += bytes(24)
        self.weights = bytearray()
        for _ in range(self.panels * groups):
            self.weights += floats([numbers.random() / 100 for _ in range(32)])
            self.weights += numbers.randbytes(128 + 32 * 64 if weight_type == INT4 else 32 * 128)
        self.bias = floats([numbers.gauss(0, 1) for _ in range(32 * self.panels)])

    def _run(self, path, definitions, height, width, items, backward):
        y = floats([0.25] * self.rows * self.y_stride)
        after = [self.rows, self.k, self.panels, self.stride, self.y_stride, self.epilogue]
        groups = (1, rounded_up(self.rows, height) // height, rounded_up(32 * self.panels, width) // width)
        report = library(path, self.type, ACTIVATION="gelu_new", **definitions).run(
            "linear", [self.x, self.weights, self.bias, y, *after], groups, (items, 1, 1), backward, 100_000_000
        )
        assert not report, report
        words = struct.unpack(f"<{len(y) // 4}I", y)
        return [words[m * self.y_stride : m * self.y_stride + self.n] for m in range(self.rows)]

    def portable(self):
        """The product by multiply-adds, as words."""
        return self._run(TILES, {"TM": 16}, 16, 64, 128, False)

    def matrices(self, unit, size, rows, backward=False):
        """The product by a unit with sub-groups of a size, `rows` matrices one below the other, as words."""
        definitions = {"DOT_UNIT": unit, "SUB_GROUP_SIZE": size, "ROWS": rows}
        height, across = (8, size) if unit == XMX else (16, 16)
        with mock.patch.dict(os.environ, EMULATED_GPU_INSTRUCTIONS="intel" if unit == XMX else "amd"):
            return self._run(MATRICES, definitions, rows * height, 4 * 2 * across, 4 * size, backward)


class MatrixUnitTests(unittest.TestCase):
    """linear_matrix_tiles.cl."""

    def check(self, unit, size):
        """Sizes that hurt: one row and column, one over a matrix, a group, a panel, a work-group's columns."""
        for weight_type in (INT8, INT4):
            for rows, k, n in ((1, 1, 1), (9, 129, 33), (17, 300, 65), (33, 128, 129)):
                product = Product(weight_type, rows, k, n)
                expected = product.portable()
                for tall, backward in ((1, False), (2, True)):
                    found = product.matrices(unit, size, tall, backward)
                    self.assertEqual(found, expected, (weight_type, rows, k, n, tall))
            for product.epilogue in (1, 2):
                self.assertEqual(product.matrices(unit, size, 2), product.portable(), product.epilogue)

    def test_intel(self):
        """Sub-groups of 8, as on Arc."""
        self.check(XMX, 8)

    def test_intel_wide(self):
        """And of 16, as since."""
        self.check(XMX, 16)

    def test_amd(self):
        """Waves of 32."""
        self.check(WMMA, 32)


if __name__ == "__main__":
    unittest.main()
