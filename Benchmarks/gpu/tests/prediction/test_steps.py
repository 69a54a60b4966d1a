"""What a launch may read, by a case computed by hand."""

import unittest

import rounded
from prediction.capture import parse_launch
from prediction.steps import Run, readable

assert rounded  # which makes the predictions importable


class ReadableTests(unittest.TestCase):
    """The bytes that there are to read of an argument."""

    def test_rows_of_the_launch(self):
        """Two rows of 768 numbers and a stride of 784, in a buffer of many; of weights all."""
        words = "buffer:338688 buffer:4096 value:02000000 value:10030000"
        launch = parse_launch(f"0123\tlinear\t64,1,1\t64,1,1\t0\t{words}\n")
        names = ["x", "w", "M", "xStride"]
        self.assertEqual([readable(launch, names, index) for index in range(3)], [2 * 784 * 4, 4096, 0])
        self.assertEqual(readable(launch, ["x", "w", "N", "xStride"], 0), 338688)

    def test_context(self):
        """Three steps begin the sequences, which have 84 tokens: the first has two more when all decode."""
        steps = [[parse_launch(f"0123\tembed\t{rows},1,1\t1,1,1\t0\tvalue:00000000\n")] for rows in (9, 8, 7, 4, 4)]
        self.assertEqual(Run(None, None, steps, "124m", "fp16", 4, 84).context, (84, 86))
        self.assertEqual(Run(None, None, steps[2:], "124m", "fp16", 4, 96).context, (96, 96))


if __name__ == "__main__":
    unittest.main()
