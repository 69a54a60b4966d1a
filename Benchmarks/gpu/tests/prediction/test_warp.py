"""How long a work-group takes alone, by cases computed by hand."""

import unittest
from collections import Counter

from rounded import DEVICE, FMA, load, use

from prediction.chain.code import Code
from prediction.chain.operation import AHEAD, COMMIT, COPY, FENCE, LOCAL, PLAIN, PRODUCT, STORE, WAIT, Operation
from prediction.chain.warp import Group, chain_of, read_trace, work_of


class ChainTests(unittest.TestCase):
    """How long a work-group takes alone."""

    def chain(self, blocks, phases, streamed=(0,), under_way=256):
        """The chain of a group on the device of round numbers."""
        return chain_of(Code(blocks), Group(0, phases), DEVICE, set(streamed), under_way)

    def test_a_load_and_its_use(self):
        """The load is issued in cycle 1 and has come in 501; the use is issued then; a barrier ends the phase."""
        found = self.chain([[load("a"), use("a")]], [[(0, 0, 32)]])
        self.assertEqual((found.first, found.last, found.end), (1, 501, 521))

    def test_loads_of_others_come_from_the_second_level_cache(self):
        """Nothing is streamed, so all of it is before."""
        found = self.chain([[load("a", argument=1), use("a")]], [[(0, 0, 32)]])
        self.assertEqual((found.first, found.last, found.end), (121, 121, 121))

    def test_bytes_under_way(self):
        """Four loads of 16 bytes: all at once, or two and then two."""
        block = [load(name) for name in "abcd"] + [use(name) for name in "abcd"]
        self.assertEqual(self.chain([block], [[(0, 0, 32)]]).last, 504)
        # The third begins when the first has come, in cycle 501, the fourth with the second.
        self.assertEqual(self.chain([block], [[(0, 0, 32)]], under_way=32).last, 1002)

    def test_only_streamed_bytes_are_limited(self):
        """Two loads from the second-level cache are under way at once, where a lane can await one from DRAM."""
        block = [load(name, argument=1) for name in "ab"] + [use(name) for name in "ab"]
        self.assertEqual(self.chain([block], [[(0, 0, 32)]], under_way=16).end, 102 + 20)

    def test_fences(self):
        """What is stored in cycle 1 is seen by others in 101: a fence waits for that, without a store for nothing."""
        store, fence = Operation(STORE, (), (), size=4), Operation(FENCE, (), ())
        self.assertEqual(self.chain([[store, fence, FMA]], [[(0, 0, 32)]]).end, 102 + 20)
        self.assertEqual(self.chain([[fence, FMA]], [[(0, 0, 32)]]).end, 2 + 20)

    def test_warps_wait_for_each_other_at_barriers(self):
        """Of two warps the second loads; both go on after it."""
        found = self.chain([[load("a"), use("a")], [FMA]], [[(0, 1, 32), (1, 0, 32)], [(0, 1, 32)]])
        self.assertEqual(found.end, 521 + 1 + 20)

    def test_dependent_instructions(self):
        """Four multiply-adds in a row take 4 cycles each."""
        self.assertEqual(self.chain([[FMA] * 4], [[(0, 0, 32)]]).end, 1 + 3 * 4 + 20)

    def test_copies_that_are_waited_for(self):
        """Of two groups of copies, one may be under way behind the wait."""
        copy, commit = Operation(COPY, (), (), size=16, argument=0), Operation(COMMIT, (), ())
        wait = Operation(WAIT, (), (), size=1)
        block = [copy, commit, FMA, FMA, copy, commit, wait, FMA]
        self.assertEqual(self.chain([block], [[(0, 0, 32)]]).end, 502 + 20)

    def test_groups_of_a_unit(self):
        """Forty groups of two instructions in each of two phases: twenty cycles of four schedulers, twice; alone, five."""
        code, group = Code([[FMA, FMA]]), Group(0, [[(0, 0, 32)], [(0, 0, 32)]])
        self.assertEqual(chain_of(code, group, DEVICE, (), 256).end, 5 + 20 + 5 + 20)
        self.assertEqual(chain_of(code, group, DEVICE, (), 256, (), 40).end, 20 + 20 + 20 + 20)

    def test_what_is_asked_for_ahead(self):
        """It is asked for in cycle 2, and nothing waits for it."""
        found = self.chain([[FMA, Operation(AHEAD, (), ()), FMA]], [[(0, 0, 32)]])
        self.assertEqual((found.ahead, found.end), (2, 5 + 20))

    def test_what_was_asked_for_ahead(self):
        """It comes from the second-level cache; of half of it, half of the way."""
        code, group = Code([[load("a"), use("a")]]), Group(0, [[(0, 0, 32)]])
        ends = [chain_of(code, group, DEVICE, {0}, 256, cached) for cached in ((), {0})]
        self.assertEqual([chain.end for chain in ends], [521, 121])
        self.assertEqual([chain.first for chain in ends], [1, 1])
        self.assertEqual(ends[0].between(ends[1], 0.5).end, 321)

    def test_matrix_products_take_their_rate(self):
        """4,000 FLOP at 1,000 a cycle and unit, on one of its four schedulers: 16 cycles from one to the next."""
        product = Operation(PRODUCT, (), ("c",), "mma_latency", flop=4000)
        self.assertEqual(self.chain([[product] * 2], [[(0, 0, 32)]]).end, 1 + 16 + 20)
        # Others go on meanwhile, and barriers do not wait for results: but the next product does for the last one.
        use = Operation(PLAIN, ("a",), ("b",))
        self.assertEqual(self.chain([[product, *[use] * 9, product]], [[(0, 0, 32)]]).end, 1 + 16 + 20)
        self.assertEqual(self.chain([[product], [product] * 2], [[(0, 0, 32)], [(0, 1, 32)]]).end, 5 + 20 + 17 + 20)

    def test_products_begin_with_their_operands(self):
        """Eight warps' 32,000 FLOP take a unit 32 cycles, from when the first operand has come from local memory."""
        load = Operation(LOCAL, (), ("a",), "local_latency", accesses=1)
        block = [load, Operation(PRODUCT, ("a",), ("c",), "mma_latency", flop=4000)]
        phase = [(warp, 0, 32) for warp in range(8)]
        self.assertEqual(self.chain([block], [phase]).end, 1 + 30 + 32 + 20)


class TraceTests(unittest.TestCase):
    """What the emulator writes of groups."""

    def test_a_trace(self):
        """Groups, phases between barriers, and the mean of what groups do."""
        lines = ["group 3", "0 0 32", "1 0 16", "barrier", "0 1 32", "barrier", "read 2 9"]
        lines += ["group 5", "0 0 32", "barrier", "read 2 5", "read 0 1"]
        groups = read_trace(lines)
        self.assertEqual([group.number for group in groups], [3, 5])
        self.assertEqual(groups[0].phases, [[(0, 0, 32), (1, 0, 16)], [(0, 1, 32)]])
        work = work_of(Code([[load("a")], [FMA, FMA]]), groups)
        self.assertEqual(work.instructions, (2 + 2 + 1) / 2)
        self.assertEqual(work.loads, Counter({2: 7 * 32, 0: 16}))


if __name__ == "__main__":
    unittest.main()
