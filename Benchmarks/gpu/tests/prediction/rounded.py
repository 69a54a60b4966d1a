"""A device of round numbers, and instructions, that the tests of the predictions share."""

import os
import sys

sys.path.insert(0, os.path.abspath(os.path.dirname(os.path.abspath(__file__)) + "/../.."))
from prediction.assumptions import Device  # noqa: E402
from prediction.chain.operation import LOAD, PLAIN, Operation  # noqa: E402

# A cycle is a microsecond.
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
