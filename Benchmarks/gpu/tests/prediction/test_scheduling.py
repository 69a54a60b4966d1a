"""The order that an assembler gives the instructions of a block."""

import unittest

from rounded import FMA, load, use

from prediction.chain.operation import FENCE, LOCAL, PLAIN, STORE, Operation
from prediction.chain.scheduling import schedule


class ScheduleTests(unittest.TestCase):
    """The order within a block."""

    def test_loads_come_first(self):
        """But not before a store of global memory, and the last instruction stays the last."""
        store = Operation(STORE, ("a",), (), size=4)
        one, two, last = load("a"), load("b"), Operation(PLAIN, (), ())
        self.assertEqual(schedule([one, use("a"), two, use("b"), last])[:2], [one, two])
        order = schedule([one, store, two, use("b"), last])
        self.assertLess(order.index(store), order.index(two))
        self.assertIs(order[-1], last)

    def test_nothing_passes_a_fence(self):
        """Neither what is before it nor what is behind."""
        block = [FMA, Operation(FENCE, (), ()), load("c"), use("c")]
        self.assertEqual(schedule(block), block)

    def test_local_memory_keeps_its_order(self):
        """A load behind a store of local memory stays there, one before it too."""
        store, read = Operation(LOCAL, ("a",), ()), Operation(LOCAL, (), ("x",), "local_latency")
        self.assertEqual(schedule([store, read, FMA]), [store, read, FMA])
        self.assertEqual(schedule([read, store, FMA]), [read, store, FMA])


if __name__ == "__main__":
    unittest.main()
