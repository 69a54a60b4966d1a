"""All that the predictions assume of the device, in one table, each with its source and how a card would confirm it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Assumption:
    """A number that the model takes for granted."""

    name: str
    value: float
    unit: str
    source: str
    check: str


DATASHEET = "NVIDIA's data sheet"
GUIDE = "CUDA C Programming Guide, compute capability 9.0"
MICRO = "published microbenchmarks of Hopper"
H100_SXM = (
    Assumption("units", 132, "compute units", DATASHEET, "`devices`: compute units"),
    Assumption("clock", 1.755e9, "Hz", DATASHEET, "`nvidia-smi --query-gpu=clocks.sm` while `bench` runs"),
    Assumption("bandwidth", 3.35e12, "B/s", DATASHEET, "`nvidia-smi`: memory clock and bus width"),
    Assumption("bandwidth_share", 0.92, "of it", "reached by large copies on other cards", "part limits: read, copy"),
    Assumption("l2_bandwidth", 5.5e12, "B/s", MICRO, "a read of 20 MiB again and again"),
    Assumption("dram_latency", 0.5e-6, "s", "0.4 idle; 0.5 to 0.6 under load", "products: one work-group's product"),
    Assumption("l2_latency", 0.15e-6, "s", MICRO + ": 200 to 270 cycles", "profile of layer_norm at 1 row"),
    Assumption("local_latency", 29, "cycles", MICRO, "as clock, a kernel of dependent local loads"),
    Assumption("alu_latency", 4, "cycles", MICRO, "part limits: one chain of multiply-adds"),
    Assumption("special_latency", 30, "cycles", "division, exponential, root", "the same with exp"),
    Assumption("mma_latency", 33, "cycles", MICRO, "a chain of dependent mma.sync"),
    Assumption("shuffle_latency", 24, "cycles", MICRO, "a chain of shuffles"),
    Assumption("branch_cycles", 5, "cycles", "a taken branch refills the front end", "an empty loop"),
    Assumption("barrier_cycles", 25, "cycles", MICRO, "a kernel of barriers"),
    Assumption("schedulers", 4, "a unit, 1 warp instruction a cycle each", GUIDE, "part limits: multiply-adds"),
    Assumption("local_rate", 1, "warp accesses of 128 B a cycle and unit", GUIDE, "a copy within local memory"),
    Assumption(
        "mma_rate", 4096 * 0.63, "FLOP a cycle and unit, 16 bits", "data sheet, 63 % by mma.sync as published",
        "products: 512 rows",
    ),
    Assumption("unit_registers", 65536, "a unit", GUIDE, "-"),
    Assumption("unit_warps", 64, "a unit", GUIDE, "-"),
    Assumption("unit_groups", 32, "a unit", GUIDE, "-"),
    Assumption("unit_local", 227 << 10, "B a unit, and 1 KiB less a group", GUIDE, "-"),
    Assumption("unit_cache", 64 << 10, "B a unit, whose groups read such buffers from the second-level cache once",
               "256 KiB, less local memory", "profile of layer_norm at 512 rows"),
    Assumption("launch_gap", 1.3e-6, "s from a kernel's end to the next one's start", "1 to 2 on other cards",
               "part limits: launch, enqueued ahead"),
    Assumption("host_launch", 2.5e-6, "s of the host", "2 to 3 by NVIDIA's OpenCL", "as launch_gap, by empty kernels"),
    Assumption("ahead_under_way", 16 << 10, "B a unit, of prefetches, that go on when a launch has ended",
               "half of what loads of 64 warps may have under way", "products one after the other, with and without"),
    Assumption("grid_barrier", 1.0e-6, "s, for all groups of a launch", "1 to 1.5 by CUDA's cooperative groups",
               "`tune`: a layer in one launch, and in five"),
)  # fmt: skip


class Device:
    """The assumed numbers by name; some may be replaced by what a card has shown."""

    def __init__(self, replaced=None, table=H100_SXM):
        """Takes the table, and numbers in place of some of its own."""
        unknown = set(replaced or {}) - {row.name for row in table}
        if unknown:
            raise ValueError(f"no assumption is called {', '.join(sorted(unknown))}")
        self.table = [Assumption(**{**vars(row), **_measured(row, replaced)}) for row in table]
        self._values = {row.name: row.value for row in self.table}

    def __getattr__(self, name):
        """An assumption's value."""
        try:
            return self._values[name]
        except KeyError:
            raise AttributeError(name) from None

    def cycles(self, seconds):
        """Seconds in cycles of the clock."""
        return seconds * self.clock

    def resident_groups(self, registers, items, local):
        """Work-groups that a unit holds at once: `registers` of an item, `local` bytes of a group; at least one."""
        warps = -(-items // 32)
        by_registers = self.unit_registers // max(1, warps * 32 * (-(-registers // 8) * 8))
        by_local = self.unit_local // (local + 1024)
        return int(max(1, min(by_registers, by_local, self.unit_warps // warps, self.unit_groups)))


def _measured(row, replaced):
    value = (replaced or {}).get(row.name)
    return {} if value is None else {"value": value, "source": "given"}
