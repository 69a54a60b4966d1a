"""The time of a launch and of a step, by cases computed by hand."""

import unittest
from collections import Counter

from rounded import DEVICE, ROUND

from prediction.assumptions import Device
from prediction.chain.warp import Chain, Work
from prediction.model import Kernel, fused, predict, sum_up


class LaunchTests(unittest.TestCase):
    """The time of a launch, of the device with 10 units, 4 schedulers and 1 MHz."""

    def predict(self, groups, instructions=0.0, loaded=0, size=0, flop=0.0, accesses=0.0, registers=32):
        """Groups of 64 items, whose chain is 100 cycles before, 300 with the data, 50 after."""
        work = Work(instructions, accesses, flop, Counter({0: loaded}))
        kernel = Kernel(registers=registers)
        return predict(DEVICE, kernel, groups, 64, 0, work, Chain(100, 400, 450), {0: size}, {0})

    def test_latency(self):
        """Ten groups on ten units: the chain alone."""
        found = self.predict(10, instructions=100)
        self.assertAlmostEqual(found.seconds, 450e-6)
        self.assertEqual(found.bound, "latency")

    def test_bandwidth(self):
        """One megabyte at half of 1 GB/s, behind 100 cycles and before 50."""
        found = self.predict(10, loaded=100_000, size=1_000_000)
        self.assertAlmostEqual(found.seconds, 100e-6 + 2000e-6 + 50e-6)
        self.assertEqual((found.bound, found.dram_bytes), ("DRAM", 1_000_000))

    def test_a_matrix_read_twice_comes_from_dram_once(self):
        """Ten groups read 100 kB each of a buffer of half a megabyte."""
        found = self.predict(10, loaded=100_000, size=500_000)
        self.assertEqual(found.dram_bytes, 500_000)
        self.assertAlmostEqual(found.dram, 1000e-6)

    def test_instructions(self):
        """Twenty groups, two a unit, 1,000 instructions each, four a cycle, from begin to end."""
        self.assertAlmostEqual(self.predict(20, instructions=1000).seconds, 500e-6)

    def test_rounds(self):
        """255 registers and 64 items: 4 groups at once; 80 groups are 8 a unit: two rounds of the chain."""
        found = self.predict(80, registers=255)
        self.assertEqual(found.resident, 4)
        self.assertAlmostEqual(found.seconds, 900e-6)

    def test_rounds_of_groups_that_have_less_to_do(self):
        """The longest comes last; the round before takes what the groups take on average."""
        words = (DEVICE, Kernel(registers=255), 80, 64, 0, Work(), Chain(100, 400, 450), {}, {0})
        self.assertAlmostEqual(predict(*words, mean=0.6).seconds, (1 + 0.6) * 450e-6)

    def test_the_second_level_cache(self):
        """Twenty groups read 100 kB each of rows that are not streamed, at 1 GB/s; of a small buffer, the ten units."""
        words = (DEVICE, Kernel(), 20, 64, 0, Work(loads=Counter({1: 100_000})), Chain(0, 450, 450))
        self.assertEqual(predict(*words, {1: 500_000}, {0}).bound, "L2")
        self.assertAlmostEqual(predict(*words, {1: 500_000}, {0}).seconds, 2000e-6)
        self.assertAlmostEqual(predict(*words, {1: 80_000}, {0}).seconds, 1600e-6)
        self.assertAlmostEqual(predict(*words, {1: 50_000}, {0}).seconds, 500e-6)

    def test_matrix_products_and_local_memory(self):
        """A million FLOP a group at 1,000 a cycle; 2,000 accesses at one a cycle."""
        self.assertEqual(self.predict(10, flop=1e6).bound, "matrix products")
        self.assertAlmostEqual(self.predict(10, flop=1e6).seconds, 1000e-6)
        self.assertAlmostEqual(self.predict(10, accesses=2000).seconds, 2000e-6)

    def test_a_step(self):
        """Three launches: their times and gaps; or the host's, where that is longer."""
        launches = [self.predict(10)] * 3
        step = sum_up(DEVICE, launches)
        self.assertAlmostEqual(step.seconds, 3 * 450e-6 + 3 * 2e-6)
        slow_host = sum_up(Device({**ROUND, "host_launch": 1e-3}), launches)
        self.assertAlmostEqual(slow_host.seconds, 3e-3)

    def test_one_launch(self):
        """Six launches, of which 2 × 2 are layers: four launches and two barriers, or one and five."""
        launches = [self.predict(10)] * 6
        layer, _ = fused(DEVICE, launches, 2, 1, 2, False)
        self.assertAlmostEqual(layer, 6 * 450e-6 + 4 * 2e-6 + 2 * 1e-6)
        step, early = fused(DEVICE, launches, 2, 1, 2, True)
        self.assertAlmostEqual(step, 6 * 450e-6 + 2e-6 + 5 * 1e-6)
        self.assertEqual(early, step)  # nothing is streamed
        streaming = [self.predict(10, loaded=1000, size=10_000)] * 6
        step, early = fused(DEVICE, streaming, 2, 1, 2, True)
        self.assertAlmostEqual(step - early, 6 * (450e-6 - 20e-6))  # all but what the bytes take, at most 500 µs


if __name__ == "__main__":
    unittest.main()
