"""The time of a launch on the assumed device, and of a step: sums of predictions."""

from dataclasses import dataclass

# The parameters that are too large for the second-level cache, or were last read a step ago: they come from DRAM.
STREAMED = ("w", "weights", "keys", "values")


@dataclass
class Kernel:
    """What compilers say of a kernel: registers of an item, bytes of local memory of a group, bytes under way."""

    registers: int = 32
    local: int = 0
    under_way: int | None = None


@dataclass
class Prediction:
    """Seconds of a launch, without the gap before it, and what it does in all."""

    before: float  # until a group first asks for streamed data
    during: float  # while data is streamed, at the rate of what is slowest
    after: float  # sums, epilogue
    dram: float  # what the bytes take at the device's bandwidth
    bound: str  # what is slowest
    dram_bytes: float
    flop: float
    resident: int  # work-groups of a unit at once
    arguments: dict  # bytes loaded by parameter
    cached: float = 0.0  # bytes of weights that were asked for by earlier launches
    ahead: float = 0.0  # when it first asks for what later launches read
    ahead_bytes: float = 0.0  # that it asks for
    asking: float = 0.0  # seconds beyond its own work until it can have asked for all of them

    @property
    def seconds(self):
        """From the first work-item's start to the last one's end."""
        return self.before + self.during + self.after + self.asking


def predict(
    device, kernel, groups, items, local, work, chain, sizes, streamed, scale=1.0, cached=0.0, wait=0.0, mean=1.0
):  # fmt: skip
    """The prediction of a launch.

    `work` and `chain` are those of a group of `items`, `local` its bytes of local memory, `sizes` the buffers by
    argument, `streamed` the arguments that come from DRAM, `scale` machine instructions are one of PTX. Of what is
    streamed, `cached` bytes are in the second-level cache, or will be in `wait` seconds. `chain` is of the group that
    takes longest, of which the others take a share of `mean`.
    """
    resident = device.resident_groups(kernel.registers, items, local)
    on_unit = -(-groups // device.units)  # the busiest one's
    second = 1 / device.clock
    asked = {argument: size * groups for argument, size in work.loads.items() if argument in streamed}
    # What a group reads again is in its unit's own cache, as are small buffers for all groups.
    read = {}
    for argument, size in work.loads.items():
        whole = sizes.get(argument, size)
        times = groups if argument in asked or whole > device.unit_cache else min(groups, device.units)
        read[argument] = min(size, whole) * times
    dram_bytes = sum(min(size, sizes.get(argument, size)) for argument, size in asked.items()) - cached
    before, after = chain.first * second, (chain.end - chain.last) * second
    # A unit's groups beyond those it holds at once come after them.
    rounds = max(1.0, on_unit / resident)
    bounds = {
        "latency": (1 + (rounds - 1) * mean) * chain.end * second - before - after,
        "DRAM": wait + dram_bytes / (device.bandwidth * device.bandwidth_share),
        "L2": sum(read.values()) / device.l2_bandwidth,
        # What a unit does before and after is of these.
        "instructions": on_unit * work.instructions * scale / device.schedulers * second - before - after,
        "matrix products": on_unit * work.flop / device.mma_rate * second - before - after,
        "local memory": on_unit * work.accesses / device.local_rate * second - before - after,
    }
    bound = max(bounds, key=bounds.get)
    during = max(0.0, bounds[bound])
    flop = work.flop * groups
    return Prediction(before, during, after, bounds["DRAM"], bound, dram_bytes, flop, resident, dict(work.loads),
                      cached, chain.ahead * second)  # fmt: skip


@dataclass
class Step:
    """The sums of a step's launches."""

    launches: int
    execution: float
    gaps: float
    host: float
    dram_bytes: float
    floor: float  # the bytes at the full bandwidth

    @property
    def seconds(self):
        """The device's time, or the host's where that is longer: the host enqueues ahead."""
        return max(self.execution + self.gaps, self.host)


def sum_up(device, predictions):
    """The step of a list of predictions."""
    count = len(predictions)
    dram = sum(p.dram_bytes + p.ahead_bytes for p in predictions)
    execution = sum(p.seconds for p in predictions)
    return Step(count, execution, count * device.launch_gap, count * device.host_launch, dram, dram / device.bandwidth)


def fused(device, predictions, period, start, repeats, whole):
    """Seconds of a step whose layers, or which as a `whole`, are one launch: barriers of all groups in place of gaps.

    The second number is where each product also asks for its first weights before the barrier.
    """
    step, count = sum_up(device, predictions), len(predictions)
    launches = 1 if whole else count - repeats * (period - 1)
    barriers = count - launches
    device_time = step.execution + launches * device.launch_gap + barriers * device.grid_barrier
    inside = predictions if whole else predictions[start : start + period * repeats]
    early = sum(min(device.dram_latency, p.seconds - p.dram) for p in inside if p.dram_bytes and not p.cached)
    host = launches * device.host_launch
    return max(device_time, host), max(device_time - early, host)
