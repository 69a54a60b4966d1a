"""How long a work-group takes alone: its warps' instructions in order, each waiting for the registers that it reads."""

from collections import Counter
from dataclasses import dataclass, field

from .operation import AHEAD, BRANCH, COMMIT, COPY, FENCE, LOAD, MOVE, PRODUCT, STORE, WAIT


SECTOR = 32  # bytes that caches bring at once


@dataclass
class Group:
    """A traced work-group: for each phase between barriers the (warp, block, lanes) that ran, in order."""

    number: int
    phases: list
    reads: dict = field(default_factory=dict)  # bytes by argument, each sector once


@dataclass
class Chain:
    """Cycles of a work-group alone: until it first asks for streamed data, until it has all of that, until its end.

    `ahead` is when it first asks for what later launches read; its end, where it does not.
    """

    first: float = 0
    last: float = 0
    end: float = 0
    ahead: float = 0

    def between(self, other, share):
        """A chain between this one and another, of which it has a `share`."""
        pairs = zip(vars(self).values(), vars(other).values())
        return Chain(*(own + (its - own) * share for own, its in pairs))


@dataclass
class Work:
    """What a work-group does in all: warp instructions of PTX, accesses of local memory, FLOP of matrix products."""

    instructions: float = 0
    accesses: float = 0
    flop: float = 0
    loads: Counter = field(default_factory=Counter)  # bytes by argument, each sector that it reads once
    stores: float = 0


def read_trace(lines):
    """The groups of a trace of the emulator."""
    groups, phase = [], []
    for line in lines:
        words = line.split()
        if words[0] == "group":
            phase = []
            groups.append(Group(int(words[1]), [phase]))
        elif words[0] == "barrier":
            phase = []
            groups[-1].phases.append(phase)
        elif words[0] == "read":
            groups[-1].reads[int(words[1])] = SECTOR * int(words[2])
        else:
            phase.append(tuple(map(int, words)))
    for group in groups:
        group.phases = [phase for phase in group.phases if phase]
    return groups


def work_of(code, groups):
    """The mean of the groups."""
    work, counts = Work(), Counter()
    for group in groups:
        for phase in group.phases:
            counts.update((block, lanes) for _, block, lanes in phase)
    for (block, lanes), count in counts.items():
        sums, share = code.sums[block], count / len(groups)
        work.instructions += sums.instructions * share
        work.accesses += sums.accesses * share
        work.flop += sums.flop * share
        work.stores += sums.stores * share * lanes
    for group in groups:
        for argument, size in group.reads.items():
            work.loads[argument] += size / len(groups)
    return work


class _Warp:
    """A warp's clock, when its registers have their values, and its loads under way."""

    def __init__(self):
        self.time, self.ready, self.loads, self.copies, self.open = 0.0, {}, [], [], 0.0
        self.settled = 0.0  # when all that it has stored is seen by others
        self.products = 0.0  # when tensor cores take its next product

    def make_room(self, size, most):
        """Waits until `size` more bytes may be under way."""
        self.loads = [load for load in self.loads if load[0] > self.time]
        while self.loads and sum(load[1] for load in self.loads) + size > most:
            self.time = max(self.time, self.loads.pop(0)[0])


def chain_of(code, group, device, streamed, under_way, cached=(), together=1):
    """Follows a group; `streamed` arguments come from DRAM but for `cached` ones; a lane awaits `under_way` bytes.

    Of as many groups as are on a unit `together`, each phase takes what its slowest warp does, or what the unit takes
    for all their instructions, matrix products or accesses of local memory.
    """
    warps, chain = {}, Chain(first=float("inf"), ahead=float("inf"))
    dram, l2 = device.cycles(device.dram_latency), device.cycles(device.l2_latency)
    latencies = {"param": 1, "l2_latency": l2}
    for name in ("alu_latency", "special_latency", "local_latency", "mma_latency", "shuffle_latency"):
        latencies[name] = getattr(device, name)
    begin = 0.0
    for phase in group.phases:
        issued = accesses = flop = 0
        first_product = 0.0
        for number, block, _ in phase:
            warp = warps.setdefault(number, _Warp())
            sums = code.sums[block]
            issued, accesses, flop = issued + sums.instructions, accesses + sums.accesses, flop + sums.flop
            ready = warp.ready
            for operation in code.blocks[block]:
                kind = operation.kind
                if kind == MOVE:  # an assembler has both values in one register
                    done = max((ready.get(name, 0) for name in operation.reads), default=0)
                    for name in operation.writes:
                        ready[name] = done
                    continue
                time = warp.time + 1
                for name in operation.reads:
                    if ready.get(name, 0) > time:
                        time = ready[name]
                if kind == PRODUCT:  # other instructions go on meanwhile
                    time = max(time, warp.products)
                    first_product = min(first_product or time, time)
                    warp.products = time + operation.flop / device.mma_rate * device.schedulers
                warp.time = time
                if kind in (LOAD, COPY):
                    is_streamed = operation.argument in streamed
                    if kind == LOAD and is_streamed:
                        warp.make_room(operation.size, under_way)
                    done = warp.time + (dram if is_streamed and operation.argument not in cached else l2)
                    if is_streamed:
                        chain.first, chain.last = min(chain.first, warp.time), max(chain.last, done)
                    if kind == LOAD:
                        warp.loads.append((done, operation.size if is_streamed else 0))
                    else:
                        warp.open = max(warp.open, done)
                elif kind == COMMIT:
                    warp.copies.append(warp.open)
                    warp.open = 0.0
                    continue
                elif kind == WAIT:
                    rest = len(warp.copies) - operation.size
                    warp.time = max([warp.time, *warp.copies[: max(0, rest)]])
                    continue
                elif kind == BRANCH:
                    warp.time += device.branch_cycles
                    continue
                elif kind == STORE:
                    warp.settled = warp.time + l2
                    continue
                elif kind == AHEAD:
                    chain.ahead = min(chain.ahead, warp.time)
                    continue
                elif kind == FENCE:
                    warp.time = max([warp.time, warp.settled, *(load[0] for load in warp.loads)])
                    continue
                else:
                    done = time + latencies[operation.latency]
                for name in operation.writes:
                    ready[name] = done
        unit = max(issued * code.scale / device.schedulers, accesses / device.local_rate, flop / device.mma_rate)
        # Before the first product, tensor cores have others' at most.
        products = first_product + flop / device.mma_rate
        begin = max([begin + together * unit, products, *(warp.time for warp in warps.values())])
        begin += device.barrier_cycles
        for warp in warps.values():
            warp.time = begin
    # A value that is stored at the end has come by then.
    chain.end = max([max(warp.time, warp.products) for warp in warps.values()], default=0)
    if chain.first > chain.end:
        chain.first = chain.last = chain.end
    chain.last, chain.ahead = min(chain.last, chain.end), min(chain.ahead, chain.end)
    return chain
