#!/usr/bin/env python3
"""How long a job of many prompts takes by the size of its shards, where workers start, differ, and fail: a simulation.

  plan.py --items 1e9 --workers 1000 --rate 50 --start-up 3 --failure 24h --plot plan.svg

Every worker takes the next shard when it is done with one. A worker's speed is its own, one in fifty is four times
slower; a failure comes at random, and costs the delay until there is another worker, its start-up, and, where the shard
is not resumed, all of the shard that was done.
"""

import argparse
import heapq
import math
import random

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds(text):
    """A time such as 90s, 15m, 24h or 7d."""
    return float(text[:-1]) * UNITS[text[-1]] if text[-1] in UNITS else float(text)


def simulate(job, shard, resumes):
    """Hours until the last shard is done."""
    dice = random.Random(1)
    speeds = [job.rate * dice.lognormvariate(0, 0.1) / (4 if dice.random() < 0.02 else 1) for _ in range(job.workers)]
    free = [(0.0, worker) for worker in range(job.workers)]  # when each worker is free
    for number in range(math.ceil(job.items / shard)):
        time, worker = heapq.heappop(free)
        rest = min(shard, job.items - number * shard) / speeds[worker]
        for _ in range(100):  # attempts
            life = dice.expovariate(1 / job.failure)
            if life >= job.start_up + rest:
                break
            time += life + job.delay
            if resumes:
                rest -= max(0, life - job.start_up)
        else:
            return math.inf  # it never comes to its end
        heapq.heappush(free, (time + job.start_up + rest, worker))
    return max(free)[0] / 3600


def svg(sizes, curves, ideal, title):
    """A picture of the curves, hours over items a shard, both on logarithmic axes."""
    width, height, left, top, right, bottom = 720, 400, 60, 40, 20, 50
    most = max(hours for _, _, found in curves for hours in found if hours < math.inf)
    low, high = math.log(ideal * 0.9), math.log(min(most, ideal * 20) * 1.1)

    def x(size):
        return left + (width - left - right) * math.log(size / sizes[0]) / math.log(sizes[-1] / sizes[0])

    def y(hours):
        return height - bottom - (height - top - bottom) * (math.log(hours) - low) / (high - low)

    def text(x, y, words, anchor="middle", color="#333"):
        return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{color}">{words}</text>'

    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
        ' font-family="sans-serif" font-size="13">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        text(width / 2, 22, title),
        text(width / 2, height - 10, "items a shard"),
    ]
    for power in range(math.ceil(math.log10(sizes[0])), math.floor(math.log10(sizes[-1])) + 1):
        lines.append(f'<path d="M{x(10**power):.1f} {top}V{height - bottom}" stroke="#ddd"/>')
        lines.append(text(x(10**power), height - bottom + 18, f"{10**power:,}"))
    for factor in (1, 1.5, 2, 3, 5, 10, 20):
        if low <= math.log(ideal * factor) <= high:
            lines.append(f'<path d="M{left} {y(ideal * factor):.1f}H{width - right}" stroke="#ddd"/>')
            lines.append(text(left - 6, y(ideal * factor) + 4, f"{ideal * factor:.3g} h", "end"))
    for place, (name, color, found) in enumerate(curves):
        points = [(x(size), y(hours)) for size, hours in zip(sizes, found) if math.log(hours) <= high]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        lines.append(f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"/>')
        lines.append(text(left + 170, top + 18 * (place + 1), name, "start", color))
    lines.append(text(width - right - 4, y(ideal) - 6, "no start-up, no failure, no difference", "end"))
    return "\n".join([*lines, "</svg>", ""])


def main():
    """Prints a table, and draws it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=float, default=1e9)
    parser.add_argument("--workers", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=50, help="items a worker writes in a second, measured")
    parser.add_argument("--start-up", type=seconds, default=3, help="of a process, until its first item")
    parser.add_argument("--delay", type=seconds, default=60, help="until there is another worker after a failure")
    parser.add_argument("--failure", type=seconds, default=24 * 3600, help="the time between failures of one worker")
    parser.add_argument("--plot", help="an SVG file")
    job = parser.parse_args()
    if job.items / job.workers < 1000:
        parser.error("a worker has less than 1,000 items: nothing is to be planned")
    ideal = job.items / job.workers / job.rate / 3600
    sizes = [round(10 ** (power / 4)) for power in range(12, 4 * int(math.log10(job.items / job.workers)) + 2)]
    curves = [
        ("a shard is resumed", "#06c", [simulate(job, size, True) for size in sizes]),
        ("a shard is begun anew", "#c30", [simulate(job, size, False) for size in sizes]),
    ]
    print(f"{'items a shard':>14} {'seconds':>9} {'resumed':>10} {'anew':>10}      without losses {ideal:.2f} h")
    for size, resumed, anew in zip(sizes, curves[0][2], curves[1][2]):
        print(f"{size:14,} {size / job.rate:9,.0f} {resumed:8.2f} h {anew:8.2f} h")
    if job.plot:
        title = f"{job.items:,.0f} prompts, {job.workers:,} workers of {job.rate:g} items/s"
        title += f", each failing every {job.failure / 3600:g} h"
        with open(job.plot, "w") as file:
            file.write(svg(sizes, curves, ideal, title))


if __name__ == "__main__":
    main()
