#!/usr/bin/env python3
"""The arithmetic of the predictions, by cases computed by hand."""

import os
import sys
import unittest
from collections import Counter

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from prediction.ahead import Stream  # noqa: E402
from prediction.assumptions import H100_SXM, Assumption, Device  # noqa: E402
from prediction.capture import find_period, parameter_names, parse_launch, split_steps  # noqa: E402
from prediction.capture import trace_name, with_layers, without_loading  # noqa: E402
from prediction.chain.code import Code  # noqa: E402
from prediction.chain.operation import AHEAD, COMMIT, COPY, FENCE, LOAD, LOCAL, PLAIN, PRODUCT  # noqa: E402
from prediction.chain.operation import STORE, WAIT, Operation  # noqa: E402
from prediction.chain.scheduling import schedule  # noqa: E402
from prediction.chain.warp import Chain, Group, Work, chain_of, read_trace, work_of  # noqa: E402
from prediction.model import Kernel, Prediction, fused, predict, sum_up  # noqa: E402
from translator.control_flow import basic_blocks  # noqa: E402
from translator.operands import Operands  # noqa: E402
from translator.parsing import Module  # noqa: E402

# A device of round numbers: a cycle is a microsecond.
ROUND = {
    **{"units": 10, "clock": 1e6, "bandwidth": 1e9, "bandwidth_share": 0.5, "l2_bandwidth": 1e9, "schedulers": 4},
    **{"dram_latency": 500e-6, "l2_latency": 100e-6, "alu_latency": 4, "local_latency": 30, "mma_latency": 33},
    **{"barrier_cycles": 20, "branch_cycles": 5, "mma_rate": 1000, "local_rate": 1, "launch_gap": 2e-6},
    **{"host_launch": 3e-6, "grid_barrier": 1e-6, "ahead_under_way": 25e3, "unit_cache": 50e3},
}
DEVICE = Device(ROUND)
FMA = Operation(PLAIN, ("a", "b"), ("b",))


def load(name, argument=0, size=16):
    """A load of a register."""
    return Operation(LOAD, (), (name,), size=size, argument=argument)


def use(name):
    """An instruction that reads a register."""
    return Operation(PLAIN, (name,), ("sum",))


class DeviceTests(unittest.TestCase):
    """Work-groups that a unit holds, and what is assumed."""

    def test_resident_groups(self):
        """By registers, warps, groups and local memory of an H100."""
        device = Device()
        self.assertEqual(device.resident_groups(32, 64, 0), 32)  # 32 groups, and 2 of 64 warps each
        self.assertEqual(device.resident_groups(128, 256, 0), 2)  # 32,768 of 65,536 registers
        self.assertEqual(device.resident_groups(33, 256, 0), 6)  # 40 by 256 are 10,240
        self.assertEqual(device.resident_groups(32, 64, 48 << 10), 4)  # 49 KiB of 227
        self.assertEqual(device.resident_groups(32, 1024, 0), 2)  # 64 warps
        self.assertEqual(device.resident_groups(255, 1024, 0), 1)  # never none

    def test_replaced_assumptions(self):
        """What a card has shown takes the place of what was assumed; a name that is none is an error."""
        self.assertEqual(Device({"launch_gap": 1e-6}).launch_gap, 1e-6)
        self.assertRaises(ValueError, Device, {"launch_gaps": 1e-6})
        self.assertTrue(all(isinstance(row, Assumption) and row.check for row in H100_SXM))


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


class TraceTests(unittest.TestCase):
    """What the emulator writes."""

    def test_a_trace(self):
        """Groups, phases between barriers, and the mean of what groups do."""
        lines = ["group 3", "0 0 32", "1 0 16", "barrier", "0 1 32", "barrier", "group 5", "0 0 32", "barrier"]
        groups = read_trace(lines)
        self.assertEqual([group.number for group in groups], [3, 5])
        self.assertEqual(groups[0].phases, [[(0, 0, 32), (1, 0, 16)], [(0, 1, 32)]])
        work = work_of(Code([[load("a")], [FMA, FMA]]), groups)
        self.assertEqual(work.instructions, (2 + 2 + 1) / 2)
        self.assertEqual(work.loads, Counter({0: (32 + 16 + 32) * 16 / 2}))

    def test_steps_end_where_the_host_reads(self):
        """Launches between two reads."""
        line = "0123\tlinear\t64,1,288\t64,1,1\t3264\tbuffer:338688 value:00030000 local:3264\n"
        steps = split_steps([line, "read\tread\t0,0,0\t0,0,0\t0\t\n", line, line])
        self.assertEqual([len(step) for step in steps], [1, 2])
        launch = parse_launch(line)
        self.assertEqual((launch.groups, launch.group_size), (288, 64))
        self.assertEqual((launch.buffer(0), launch.integer(1), launch.buffer(2)), (338688, 768, 0))

    def test_what_loads_the_model_is_no_step(self):
        """Steps begin with the kernel that the last one begins with; what is before that is left out."""
        lines = {name: f"0123\t{name}\t64,1,1\t64,1,1\t0\tbuffer:4\n" for name in ("pack", "embed", "linear")}
        probe, load, step = [lines["pack"]], [lines["pack"]] * 5, [lines["embed"], *[lines["linear"]] * 4]
        read = ["read\tread\t0,0,0\t0,0,0\t0\t\n"]
        steps = split_steps([*probe, *read, *load, *step, *read, *step, *read])
        found = [[launch.kernel for launch in step] for step in without_loading(steps)]
        self.assertEqual(found, [["embed", *["linear"] * 4]] * 2)

    def test_the_name_of_a_trace(self):
        """FNV-1a from 0: (0 ^ 97) times the prime, and once more."""
        prime = 1099511628211
        self.assertEqual(trace_name("ab"), f"{((97 * prime % 2**64) ^ 98) * prime % 2**64:016x}")

    def test_more_layers(self):
        """Three layers of two launches, of which the last ends otherwise, stand for five."""
        step = [parse_launch(f"p\t{kernel}\t64,1,1\t32,1,1\t0\tvalue:00") for kernel in "eababacdh"]
        found = "".join(launch.kernel for launch in with_layers(step, 2))
        self.assertEqual(found, "eababababacdh")
        self.assertEqual(with_layers(step, 0), step)

    def test_layers_are_found(self):
        """The longest repetition, behind what is before it."""
        self.assertEqual(find_period(list("eABCABCABCh")), (3, 1, 3))
        self.assertEqual(find_period(list("abc")), (0, 0, 0))

    def test_names_of_parameters(self):
        """As they stand in the source."""
        source = "__kernel __attribute__((reqd_work_group_size(1, 1, 1)))\nvoid f(__global const T* w, const int M) {"
        self.assertEqual(parameter_names(source, "f"), ["w", "M"])


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


PTX = """.version 7.0
.target sm_80
.address_size 64
.visible .entry f(.param .u64 .ptr .global .align 16 f_param_0, .param .u64 .ptr .global .align 4 f_param_1,
  .param .u32 f_param_2)
{
.reg .b32 %r<9>; .reg .f32 %f<9>; .reg .b64 %rd<9>; .reg .pred %p<2>;
ld.param.u64 %rd1, [f_param_0];
ld.param.u64 %rd2, [f_param_1];
cvta.to.global.u64 %rd3, %rd1;
LOOP:
ld.global.v4.u32 {%r1, %r2, %r3, %r4}, [%rd3+16];
ld.global.f32 %f1, [%rd2];
cp.async.cg.shared.global [%r5], [%rd3], 16;
cp.async.commit_group;
cp.async.wait_group 1;
mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%f1, %f2, %f3, %f4},
  {%r1, %r2, %r3, %r4}, {%r1, %r2}, {%f1, %f2, %f3, %f4};
ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%r1, %r2, %r3, %r4}, [%r5];
st.global.f32 [%rd2], %f1;
setp.lt.u32 %p1, %r1, %r2;
@%p1 bra LOOP;
ret;
}
"""


class CodeTests(unittest.TestCase):
    """What instructions of PTX are."""

    def test_kinds(self):
        """Loads know their argument; sizes, accesses and FLOP are right."""
        module = Module(PTX)
        entry = module.entries[0]
        blocks, _ = basic_blocks(Operands(module, entry, {}), entry)
        code = Code.of_entry(entry, blocks)
        loads = Counter()
        for sums in code.sums:
            loads.update(sums.loads)
        self.assertEqual(loads, Counter({0: 32, 1: 4}))
        self.assertEqual(sum(sums.flop for sums in code.sums), 2 * 16 * 8 * 16)
        self.assertEqual(sum(sums.accesses for sums in code.sums), 4 + 4)
        self.assertEqual(sum(sums.stores for sums in code.sums), 4)
        self.assertEqual(sum(sums.instructions for sums in code.sums), 12)


if __name__ == "__main__":
    unittest.main()
