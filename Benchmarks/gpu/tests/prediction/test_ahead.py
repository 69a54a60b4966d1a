"""Weights that are asked for ahead, by cases computed by hand."""

import unittest

from rounded import DEVICE

from prediction.ahead import Stream
from prediction.model import Prediction


class StreamTests(unittest.TestCase):
    """Weights that are asked for ahead: 10 units that hold 25 kB each, half a byte a nanosecond."""

    def launch(self, stream, asked, weights=0.0, seconds=1e-3):
        """A launch of 10 groups, which asks at its begin."""
        cached, wait = stream.take(weights)
        prediction = Prediction(0.0, seconds, 0.0, 0.0, "", weights - cached, 0.0, 1, {})
        stream.run(prediction, asked, 10)
        return cached, wait, prediction.asking

    def test_what_is_held_goes_on(self):
        """750 kB take 1.5 ms and the latency; 250 kB of them are under way when the launch ends, as it would have."""
        stream = Stream(DEVICE)
        self.assertEqual(self.launch(stream, 750e3), (0, 0, 0))
        self.assertAlmostEqual(stream.busy, 2e-3)
        cached, wait, _ = self.launch(stream, 0, 1e6)
        self.assertEqual(cached, 750e3)
        self.assertAlmostEqual(wait, 1e-3 - 2e-6)  # without the launch before, and a gap
        self.assertEqual(self.launch(stream, 0, 1e6)[:2], (0, 0))

    def test_what_is_not_held_is_waited_for(self):
        """Of 1.75 MB 250 kB are under way in the end: the launch takes 3 ms."""
        self.assertAlmostEqual(self.launch(Stream(DEVICE), 1.75e6)[2], 2e-3)

    def test_own_bytes_come_first(self):
        """Those of a launch of 100 kB, and what was asked for before."""
        stream = Stream(DEVICE)
        stream.busy = 5e-3
        self.launch(stream, 500e3)
        self.assertAlmostEqual(stream.busy, 5e-3 + 1.5e-3)


if __name__ == "__main__":
    unittest.main()
