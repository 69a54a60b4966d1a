"""Orders the operations of a block as an assembler does: loads as early as may be, the longest way to the end first.

Between products of tensor cores, which take no more than one in some cycles, are the others.
"""

import heapq

from .operation import COMMIT, COPY, FENCE, LOAD, LOCAL, PRODUCT, STORE, WAIT

# Rough latencies in cycles, for the order alone.
LATENCY = {"param": 1, "alu_latency": 4, "local_latency": 30, "l2_latency": 300, "special_latency": 30}
LOADED = 500
PRODUCT_FLOP = 645  # a cycle and scheduler


def _follows(operations):
    """For each operation those that must come before it: registers, and memory that is written."""
    written, read, before = {}, {}, []
    last_store = last_local_write = last_copy = last_fence = None
    local_reads = []
    for index, operation in enumerate(operations):
        needs = {written[name] for name in operation.reads if name in written}
        for name in operation.writes:
            needs |= read.get(name, set()) | ({written[name]} if name in written else set())
        kind = operation.kind
        if kind == FENCE:
            needs, last_fence = set(range(index)), index
        elif last_fence is not None:
            needs.add(last_fence)
        if kind in (LOAD, STORE) and last_store is not None:
            needs.add(last_store)
        if kind in (COPY, COMMIT, WAIT, LOCAL):
            needs |= {place for place in (last_local_write, last_copy) if place is not None}
            if kind != LOCAL or not operation.writes:
                needs |= set(local_reads)
        before.append(needs - {index})
        for name in operation.reads:
            read.setdefault(name, set()).add(index)
        for name in operation.writes:
            written[name], read[name] = index, set()
        if kind == STORE:
            last_store = index
        elif kind == LOCAL and operation.writes:
            local_reads.append(index)
        elif kind == LOCAL:
            last_local_write, local_reads = index, []
        elif kind in (COPY, COMMIT, WAIT):
            last_copy = index
    return before


def schedule(operations):
    """The operations in the order that they are issued in; the last one, which may be a branch, stays the last."""
    if len(operations) < 3:
        return operations
    body, last = operations[:-1], operations[-1]
    before = _follows(body)
    after = [[] for _ in body]
    for index, needs in enumerate(before):
        for need in needs:
            after[need].append(index)
    height = [0] * len(body)
    for index in range(len(body) - 1, -1, -1):
        own = LOADED if body[index].kind in (LOAD, COPY) else LATENCY.get(body[index].latency, 30)
        height[index] = own + max((height[next_one] for next_one in after[index]), default=0)
    if any(operation.kind == PRODUCT for operation in body):
        return [*_around_products(body, before, after, height), last]
    missing = [len(needs) for needs in before]
    ready = [(-height[index], index) for index, count in enumerate(missing) if not count]
    heapq.heapify(ready)
    order = []
    while ready:
        _, index = heapq.heappop(ready)
        order.append(body[index])
        for next_one in after[index]:
            missing[next_one] -= 1
            if not missing[next_one]:
                heapq.heappush(ready, (-height[next_one], next_one))
    return [*order, last]


def _around_products(body, before, after, height):
    """The order by cycles: a product as soon as tensor cores and its operands are there, others meanwhile."""
    missing, come = [len(needs) for needs in before], [0.0] * len(body)
    ready = {index for index, count in enumerate(missing) if not count}
    now = free = 0.0
    order = []
    while ready:
        now = max(now, min(max(come[index], free if body[index].kind == PRODUCT else 0.0) for index in ready))
        due = [index for index in ready if come[index] <= now and (body[index].kind != PRODUCT or free <= now)]
        index = max(due, key=lambda index: (body[index].kind == PRODUCT, height[index], -index))
        ready.remove(index)
        operation = body[index]
        order.append(operation)
        if operation.kind == PRODUCT:
            free = now + operation.flop / PRODUCT_FLOP
        done = now + (LOADED if operation.kind == LOAD else LATENCY.get(operation.latency, 30))
        for next_one in after[index]:
            come[next_one] = max(come[next_one], done if operation.writes else now + 1)
            missing[next_one] -= 1
            if not missing[next_one]:
                ready.add(next_one)
        now += 1
    return order
