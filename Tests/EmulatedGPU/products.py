"""Made-up products, and the kernels of tiles that compute them."""

import random
import struct

from kernels import BF16, FP16, INT4, INT8, floats, library, rounded_up


class Product:
    """Made-up rows and a packed matrix, whose numbers are what their bits say."""

    def __init__(self, weight_type, rows, k, n):
        """Makes them."""
        numbers = random.Random(f"{weight_type} {rows} {k} {n}")
        self.type, self.rows, self.k, self.n, self.epilogue = weight_type, rows, k, n, 0
        self.panels, self.groups = rounded_up(n, 32) // 32, rounded_up(k, 128) // 128
        self.stride, self.y_stride = rounded_up(k, 32) + 16, rounded_up(n, 32) + 16
        self.x = []
        for _ in range(rows):  # behind the last column, what nobody may use
            self.x += [numbers.gauss(0, 1) for _ in range(k)] + [float("nan")] * (self.stride - k)
        self.bias = [numbers.gauss(0, 1) for _ in range(32 * self.panels)]
        self.weights = bytearray()
        for _ in range(self.panels):
            if weight_type == FP16:
                self.weights += struct.pack(f"<{32 * k}e", *(numbers.gauss(0, 0.1) for _ in range(32 * k)))
            elif weight_type == BF16:
                pairs = [numbers.gauss(0, 0.1) for _ in range(64 * rounded_up(k, 2) // 2)]
                if k % 2:
                    pairs[-63::2] = [0.0] * 32
                halves = [struct.unpack("<I", struct.pack("<f", value))[0] >> 16 for value in pairs]
                self.weights += struct.pack(f"<{len(halves)}H", *halves)
            else:
                for _ in range(self.groups):
                    self.weights += floats([abs(numbers.gauss(0, 0.01)) for _ in range(32)])
                    if weight_type == INT4:  # multipliers of spans, and two weights a byte
                        self.weights += numbers.randbytes(4 * 32 + 32 * 64)
                    else:
                        self.weights += bytes(numbers.randrange(1, 256) for _ in range(32 * 128))

    def operands(self):
        """The rows as quantize.cl makes them, and their stride in words."""
        if self.type == FP16:
            return floats(self.x), self.stride
        stride = {BF16: 64 * self.groups + 16, INT8: 34 * self.groups, INT4: 38 * self.groups}[self.type]
        operands = bytearray(4 * self.rows * stride)
        report = library("simt/quantize.cl", self.type).run(
            "quantize",
            [floats(self.x), operands, self.k, self.stride, stride],
            (rounded_up(8 * self.groups, 64) // 64, self.rows, 1),
            (64, 1, 1),
        )
        assert not report, report
        return operands, stride

    def run(self, path, definitions, before, after, groups, items, backward):
        """What a kernel makes of y, whose arguments stand `before` and `after` it, as words."""
        if self.epilogue:
            definitions = definitions | {"ACTIVATION": "gelu_new"}
        y = floats([0.25 if self.epilogue else float("nan")] * self.rows * self.y_stride)
        report = library(path, self.type, **definitions).run(
            "linear", [*before, y, *after], groups, (items, 1, 1), backward, 100_000_000
        )
        assert not report, report
        words = struct.unpack(f"<{len(y) // 4}I", y)
        return [words[m * self.y_stride : m * self.y_stride + self.n] for m in range(self.rows)]

    def many(self, path, definitions, height, width, items, backward=False, sharing=(), share=1):
        """The product by a kernel of tiles, as words; of those whose groups share K, `sharing` are its buffers."""
        operands, stride = self.operands()
        before = [operands, self.weights, floats(self.bias), *sharing]
        after = [self.rows, self.k, self.panels, stride, self.y_stride, self.epilogue]
        groups = (share, rounded_up(self.rows, height) // height, rounded_up(32 * self.panels, width) // width)
        return self.run(path, definitions, before, after, groups, items, backward)

    def portable(self):
        """The product by multiply-adds."""
        return self.many("simt/linear_tiles.cl", {"TM": 16}, 16, 64, 128)
