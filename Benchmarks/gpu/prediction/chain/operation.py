"""An instruction as the model sees it."""

from dataclasses import dataclass

PLAIN, LOAD, COPY, COMMIT, WAIT, STORE, LOCAL, PRODUCT, BRANCH, MOVE, FENCE, AHEAD = range(12)


@dataclass
class Operation:
    """An instruction: the registers it reads and writes, and what it costs."""

    kind: int
    reads: tuple
    writes: tuple
    latency: str = "alu_latency"  # the assumption's name
    size: int = 0  # bytes a lane; groups of copies that may be under way
    argument: int = -1  # whose memory a load reads; -1 where that is unknown
    accesses: int = 0  # of local memory, 128 bytes a warp
    flop: int = 0  # of a warp's matrix product
