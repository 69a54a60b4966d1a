"""The parts of a run in their order, the seconds that each may take, and the machine's facts."""

import json
import os
import platform
import shutil
import signal
import sys
import time

from .building import Building
from .commands import OutOfTime, first
from .correctness import Correctness
from .drivers import Drivers
from .speed import Speed
from .tables import print_first, print_limits, print_problems, print_sweep

# Seconds of 600: the first parts say what is wrong and what is slow.
FIRST = {"driver": 10, "build": 45, "devices": 15, "doctor": 40, "correctness": 35, "limits": 12, "kernels": 23}
REST = {"products": 60, "sweep": 150, "peers": 150, "tune": 60}
ALL = [*FIRST, *REST]
FIRST_LIMIT = sum(FIRST.values())
DRIVER_LIMIT = 60  # seconds that finding the device may take of those of later parts, which are nothing without it
MOST_CRASHES = 7  # of the listing: twice for each unit of tensor cores


def deadlines(names, limit):
    """Return for each part the second by which it must be done: time that earlier ones leave is for later ones.

    A limit below 600 s shortens what comes after the first parts, and below 300 s these too.
    """
    first_limit = min(FIRST_LIMIT, limit * 0.6) if any(name in REST for name in names) else min(FIRST_LIMIT, limit)
    ends, clock = {}, 0.0
    for group, room in ((FIRST, first_limit), (REST, limit)):
        chosen = [name for name in group if name in names]
        whole = sum(group[name] for name in chosen)
        share = (room - clock) / whole if group is REST and chosen else first_limit / FIRST_LIMIT
        for name in chosen:
            clock += group[name] * share
            ends[name] = clock
        clock = max([*ends.values(), 0.0])
    return ends


class Run:
    """A run of the parts that were asked for."""

    def __init__(self, commands):
        """Take the commands, whose result the parts add to."""
        self.commands, self.options, self.result = commands, commands.options, commands.result
        self.drivers = Drivers(commands)
        self.number = self.device = None

    def run(self):
        """Run the parts; return 1 if there was a problem."""
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        names = [name for name in ALL if name in ("driver", *self.asked())]
        ends = deadlines(names, self.options.time_limit)
        last_of_first = [name for name in names if name in FIRST][-1]
        try:
            for name in names:
                self.part(name, ends[name])
                if self.number is None:
                    break
                if name == last_of_first:
                    self.result["parts"]["first"] = round(self.commands.elapsed(), 1)
                    print_first(self.result)
                    sys.stdout.flush()
        finally:
            self.drivers.close()
            self.commands.save()
            self.finish()
        return 1 if self.result["problems"] else 0

    def asked(self):
        """Return the names of the parts that were asked for; first stands for all of the first."""
        words = self.options.parts.split(",")
        return [n for word in words for n in {"first": FIRST, "all": ALL, "rest": REST}.get(word, [word])]

    def part(self, name, end):
        """Run a part until its deadline; whatever goes wrong in it is a problem of it alone."""
        self.commands.deadline = self.commands.started + (max(end, DRIVER_LIMIT) if name == "driver" else end)
        begin = time.monotonic()
        try:
            self.action(name)()
        except OutOfTime as command:
            self.commands.problem(f"{name}: no time was left for: {command}")
        except Exception as error:
            self.commands.problem(f"{name}: {type(error).__name__}: {error}")
        self.result["parts"][name] = round(time.monotonic() - begin, 1)
        self.commands.save()

    def action(self, name):
        """Return what a part does."""
        if name in ("doctor", "correctness"):
            correctness = Correctness(self.commands, self.device, self.drivers.scratch)
            return correctness.doctor if name == "doctor" else correctness.hashes
        if name == "build":
            return Building(self.commands, self.number, self.drivers.scratch).run
        own = {"driver": self.driver, "devices": self.devices}
        return own.get(name) or getattr(Speed(self.commands, self.device), name)

    def driver(self):
        """Keep the facts of the machine, find the driver, and choose the device."""
        facts = {"cores": len(os.sched_getaffinity(0)), "system": platform.platform(), "python": sys.version.split()[0]}
        try:
            with open("/proc/cpuinfo") as file:
                names = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
        except OSError:
            names = []
        self.result["machine"] = {"cpu": names[0] if names else platform.processor(), **facts}
        smi = shutil.which("nvidia-smi") or shutil.which("nvidia-smi", path="/usr/local/nvidia/bin:/usr/bin")
        if smi:
            fields = "name,driver_version,memory.total,clocks.max.sm,clocks.max.mem,power.limit"
            output = self.commands.run([smi, "--query-gpu=" + fields, "--format=csv,noheader"], limit=20)
            self.result["machine"]["nvidia_smi"] = {"fields": fields, "gpus": output.splitlines()}
        self.drivers.prepare()
        self.number = self.drivers.devices()
        self.device = None if self.number is None else str(self.number)

    def devices(self):
        """Keep what the program says of its devices, after the probes of their dot units.

        A probe that ends the program twice is left out from then on: so after a crash, it is asked again.
        """
        for _ in range(MOST_CRASHES):
            self.result["devices"] = first(self.commands.ours("devices", "--format", "json"), [])
            if self.result["devices"] or (self.result["commands"][-1]["exit_code"] or 0) >= 0:
                break
        name = self.result["driver"]["devices"][self.number]["name"]
        own = [d for d in self.result["devices"] if d["id"] != "cpu" and name.strip() in d["name"]]
        if own:
            same = [d for d in own if d["id"] == self.device]
            self.device = (same or own)[0]["id"]
        else:
            self.commands.problem(f"the program does not list the device {name}, which OpenCL has")

    def finish(self):
        """Print the tables; the result too, where it could not be written."""
        print_sweep(self.result, self.options)
        if self.result["sweep"]:
            print_limits(self.result["machine"].get("limits"))
        print_problems(self.result)
        if self.commands.unwritten:
            print(json.dumps(self.result))
