"""What a launch may read, by a case computed by hand."""

import unittest

import rounded
from prediction.capture import parse_launch
from prediction.steps import readable

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


if __name__ == "__main__":
    unittest.main()
