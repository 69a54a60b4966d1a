#!/usr/bin/env python3
"""Ends a batch job at random moments and continues it, until the results must be those of an undisturbed run.

  kill_and_resume.py [--binary .build/release/gpt2-gpu] [--items 500] [--kills 50] [--signals 10] [--seed N]
                     [options of 'gpt2-gpu batch', such as --precision fp32 or --model M]

Three rounds: kill -9; SIGINT and SIGTERM, which must end with 130 and 143 and whole lines; and a full disk (a small
tmpfs where this runs as root, and a limit of the file size), which must end with 6. Every continuation has a batch size
of its own. A job that is done before it was ended often enough is begun anew. After each round the sorted lines must be
equal to the undisturbed run's; some jobs keep the order, some are in three parts (--shard), and where PoCL is device 0
some run on two devices, which are one processor twice. Exit status 1 where something differs.
"""
import argparse, json, os, random, resource, signal, subprocess, sys, tempfile, time


def write_items(path, count):
    """Items of every kind, some of them bad; ids out of order."""
    with open(path, "w") as file:
        for number in random.sample(range(count), count):
            new = 2 + number * 7 % 40
            item = [
                {"id": f"item {number}", "prompt": "My dream is", "max_new_tokens": new},
                {"id": 10_000 + number, "prompt": [531, 1481, number], "max_new_tokens": new, "top_k": 5},
                {"id": f"é{number}", "prompt": f"I like {number}", "n": 3, "seed": number, "max_new_tokens": 9},
                {"id": f"greedy {number}", "prompt": "So", "greedy": True, "max_new_tokens": new},
                {"custom_id": f"c{number}", "url": "/v1/completions", "body": {"prompt": "So", "max_tokens": new}},
                {"id": f"bad {number}", "prompt": 7},
                {"id": f"penalty {number}", "prompt": "a a a", "repetition_penalty": 1.5, "max_new_tokens": new},
                {"id": f"stop {number}", "prompt": "Then", "stop": ["the", "."], "max_new_tokens": new},
            ][number % 8]
            file.write(json.dumps(item, ensure_ascii=False) + "\n" + ("{\n" if number % 100 == 0 else ""))


class Job:
    def __init__(self, options, rest, folder, items):
        self.binary, self.rest, self.folder, self.items = options.binary, rest, folder, items
        self.number = 0
        self.environment = os.environ | {"POCL_DEVICES": "pthread pthread"}
        listed = subprocess.run(
            [self.binary, "devices", "--format", "json"], env=self.environment, capture_output=True, check=True)
        names = [device["name"] for device in json.loads(listed.stdout)]
        self.devices = [["--device", "0"]]
        if len(names) > 1 and names[0] == names[1]:
            self.devices.append(["--device", "0,1"])
        self.wanted = {}
        for ordered in (False, True):
            self.output, self.ordered, self.parts, self.device = f"{folder}/wanted-{ordered}", ordered, 1, []
            status, errors = self.finish(self.start())
            self.wanted[ordered] = self.lines()
            assert status == 3, f"the undisturbed run ended with {status}: {errors}"
        self.check_order(self.wanted[True])
        assert sorted(self.wanted[True]) == sorted(self.wanted[False])
        self.begin()

    def check_order(self, lines):
        places = [json.loads(line)["index"] for line in lines]
        assert places == sorted(places), "lines are not in the order of the items"

    def begin(self, folder=None):
        """Begins a job anew."""
        self.number += 1
        self.ordered = random.random() < 0.3
        self.parts = 1 if self.ordered or folder else random.choice([1, 1, 3])
        self.device = [] if "--device" in self.rest else random.choice(self.devices)
        self.output = f"{folder or self.folder}/out-{self.number}"

    def path(self, part):
        """The file of a part's results."""
        return self.output if self.parts == 1 else f"{self.output}-{part}"

    def size(self):
        """How many bytes of results there are."""
        paths = map(self.path, range(self.parts))
        return sum(os.path.getsize(path) for path in paths if os.path.exists(path))

    def start(self, part=None, **options):
        part = random.randrange(self.parts) if part is None else part
        command = [self.binary, "batch", "--in", self.items, "--out", self.path(part), "--seed", "7", "--resume"]
        command += ["--batch-size", str(random.choice([1, 3, 7, 32, 64]))] + ["--ordered"] * self.ordered
        command += self.device
        command += ["--shard", f"{part}/{self.parts}"] if self.parts > 1 else []
        return subprocess.Popen(
            command + self.rest, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=self.environment,
            **options)

    def finish(self, process):
        errors = process.communicate()[1]
        return process.returncode, errors

    def lines(self):
        lines = []
        for path in filter(os.path.exists, map(self.path, range(self.parts))):
            with open(path) as file:
                text = file.read()
            assert not text or text.endswith("\n"), "the last line is torn"
            lines += text.splitlines()
        return lines

    def check(self):
        """Completes the job and compares it with the undisturbed run."""
        for part in range(self.parts):
            status, errors = self.finish(self.start(part))
            assert status in ([3] if self.parts == 1 else [0, 3]), f"continuing ended with {status}: {errors}"
        lines, wanted = self.lines(), self.wanted[self.ordered]
        if self.ordered:
            assert lines == wanted, "lines differ from the undisturbed run's"
        else:
            assert sorted(lines) == sorted(wanted), "lines differ from the undisturbed run's"


def end_at_random(job, times, numbers, statuses):
    """Ends the job at random moments, as often as asked for; returns how many jobs that took."""
    ended = jobs = 0
    while ended < times:
        process = job.start()
        early = random.random() < 0.2
        if early:
            time.sleep(random.uniform(0, 0.5))  # while the model loads, too
        else:
            size, more = job.size(), random.choice([1, 500, 3000])
            while process.poll() is None and job.size() < size + more:
                time.sleep(0.002)
            time.sleep(random.uniform(0, 0.05))
        number = random.choice(numbers)
        process.send_signal(number)
        status, errors = job.finish(process)
        # A signal that comes before the program has begun ends it as any other.
        if status in statuses[number] or early and status == -number:
            ended += 1
            job.lines() if number != signal.SIGKILL else None
        else:
            assert status in ([3] if job.parts == 1 else [0, 3]), f"a run ended with {status}: {errors}"
            jobs += 1
            job.check()
            job.begin()
    job.check()
    job.begin()
    return jobs + 1


def fill(job, start, room):
    """Ends the job for want of room, twice, then makes room."""
    for _ in range(2):
        status, errors = job.finish(start())
        assert status == 6, f"a full disk ended with {status}: {errors}"
        assert "--resume goes on" in errors, errors
        job.lines()
    room()
    job.check()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=".build/release/gpt2-gpu")
    parser.add_argument("--items", type=int, default=500)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--signals", type=int, default=10)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    options, rest = parser.parse_known_args()
    print(f"--seed {options.seed}")
    random.seed(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        items = f"{folder}/items.jsonl"
        write_items(items, options.items)
        job = Job(options, rest, folder, items)
        print(f"undisturbed: {len(job.wanted[True])} lines, the same in order")

        jobs = end_at_random(job, options.kills, [signal.SIGKILL], {signal.SIGKILL: [-9]})
        print(f"kill -9: {options.kills} times in {jobs} jobs, all as undisturbed")

        statuses = {signal.SIGINT: [130], signal.SIGTERM: [143]}
        jobs = end_at_random(job, options.signals, list(statuses), statuses)
        print(f"SIGINT and SIGTERM: {options.signals} times in {jobs} jobs, all as undisturbed")

        job.begin(folder)  # one part: each of three would have room
        limit = os.path.getsize(f"{folder}/wanted-True") // 3
        resource_limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        fill(job, lambda: job.start(preexec_fn=resource_limit), lambda: None)
        print("file size limit: as undisturbed")
        if os.geteuid() != 0:
            print("full disk: left out, as only root may mount one")
            return
        disk = f"{folder}/disk"
        os.mkdir(disk)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={limit // 1024 + 8}k", "tmpfs", disk], check=True)
        try:
            job.begin(disk)
            room = lambda: subprocess.run(["mount", "-o", "remount,size=16m", disk], check=True)
            fill(job, job.start, room)
        finally:
            subprocess.run(["umount", disk], check=True)
        print("full disk: as undisturbed")


if __name__ == "__main__":
    try:
        main()
    except AssertionError as error:
        sys.exit(f"kill_and_resume: {error}")
