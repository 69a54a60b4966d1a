#!/usr/bin/env python3
"""Products on matrix units of Intel's and AMD's GPUs have the numbers of the portable kernel, to the bit.

Their instructions are shuffles of a warp here (instructions/), as they are described; that a device does the same, its
probe sees.
"""

import os
import sys
import unittest
from unittest import mock

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from kernels import INT4, INT8  # noqa: E402
from products import Product  # noqa: E402

XMX, WMMA = 8, 9  # DOT_… of common/types.h


class MatrixProduct(Product):
    """On matrix units."""

    def matrices(self, unit, size, rows, backward=False):
        """The product by a unit with sub-groups of a size, `rows` matrices one below the other, as words."""
        definitions = {"DOT_UNIT": unit, "SUB_GROUP_SIZE": size, "ROWS": rows}
        height, width = (8, size) if unit == XMX else (16, 16)
        shape = (rows * height, 4 * 2 * width, 4 * size)
        with mock.patch.dict(os.environ, EMULATED_GPU_INSTRUCTIONS="intel" if unit == XMX else "amd"):
            return self.many("simt/linear_matrix_tiles.cl", definitions, *shape, backward)


class MatrixUnitTests(unittest.TestCase):
    """linear_matrix_tiles.cl."""

    def check(self, unit, size):
        """Sizes that hurt: one row and column, one over a matrix, a group, a panel, a work-group's columns."""
        for weight_type in (INT8, INT4):
            for rows, k, n in ((1, 1, 1), (9, 129, 33), (17, 300, 65), (33, 128, 129)):
                product = MatrixProduct(weight_type, rows, k, n)
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
