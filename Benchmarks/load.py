#!/usr/bin/env python3
"""Load on gpt2-gpu's server and on others, in turn on one machine: JSON of every run and a table.

  load.py MODEL [--engines ours-fp16,ours-int8,llama-f16,hf-fp32] [--clients 32,64] [--seconds 60] [--out FILE]
  load.py --table FILE

MODEL is a GPT-2 folder in the Hugging Face layout. Each client sends one completion after another, streamed, greedy,
of 4 to 64 words and 16 to 128 new tokens, the same list for every server. Tokens count that came within the seconds;
then what runs ends, and the counters of ours are compared with the sum of usage. `batch` then writes the texts of
the requests that had ended. Memory is that of the server and its children, before the load and after it.
llama-TYPE needs llama_cpp with its server, and --cache as compare_peers.py does; hf-DTYPE needs transformers with
its server. --table needs only Python.
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

WORDS = "the of and to in that he was it his is with as for had you not be her on at by which have or from this him"
DRAIN = 120  # seconds in which what runs may end


def requests():
    """Yield the prompt and the new tokens of one request after another, the same in every run."""
    numbers = random.Random(1)
    while True:
        words = numbers.choices(WORDS.split(), k=numbers.randint(4, 64))
        yield " ".join(words), numbers.randint(16, 128)


class Server:
    """A server's process, and what it says of itself."""

    def __init__(self, engine, options):
        """Start it, and wait until it answers."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        family, kind = engine.split("-", 1)
        at = ["--host", "127.0.0.1", "--port", str(self.port)]
        if family == "ours":
            command = [options.binary, "serve", "--model", options.model, "--device", "0", "--precision", kind, *at]
        elif family == "llama":
            path = os.path.join(options.cache, f"{os.path.basename(options.model)}-{kind}.gguf")
            threads = ["--n_threads", str(os.cpu_count()), "--n_threads_batch", str(os.cpu_count())]
            # Otherwise a request that comes ends the one that runs.
            settings = ["--n_ctx", "1024", "--interrupt_requests", "False"]
            command = [sys.executable, "-m", "llama_cpp.server", "--model", path, *settings, *threads, *at]
        else:
            dtype = {"fp32": "float32", "bf16": "bfloat16"}[kind]
            script = os.path.join(os.path.dirname(sys.executable), "transformers")
            settings = ["--continuous-batching", "--device", "cpu", "--dtype", dtype]
            command = [sys.executable, script, "serve", options.model, *settings, *at]
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log, env=options.environment)
        self.is_ours, self.model = family == "ours", options.model
        while not self.answers():
            if self.process.poll() is not None:
                self.log.seek(0)
                sys.exit(f"{engine} ended:\n{self.log.read()}")
            time.sleep(0.2)

    def answers(self):
        """Return whether the server has its model."""
        with contextlib.suppress(OSError), self.get("/health" if self.is_ours else "/v1/models") as answer:
            return answer.status == 200
        return False

    def get(self, path):
        """Return an answer."""
        return urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30)

    def counter(self, name):
        """Return a number of our metrics."""
        with self.get("/metrics") as answer:
            text = answer.read().decode()
        return sum(map(float, re.findall(rf"^gpt2_gpu_{name}(?:{{[^}}]*}})? (\S+)", text, re.MULTILINE)))

    def memory(self):
        """Return the resident memory of the process and its children in MiB."""
        total, waiting = 0, [self.process.pid]
        while waiting:
            process = waiting.pop()
            with contextlib.suppress(OSError):
                with open(f"/proc/{process}/status") as file:
                    total += int(re.search(r"VmRSS:\s+(\d+)", file.read())[1])
                with open(f"/proc/{process}/task/{process}/children") as file:
                    waiting += map(int, file.read().split())
        return total / 1024

    def stop(self):
        """End it."""
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


async def lines(reader, is_chunked):
    """Yield the lines of an answer's body."""
    rest = b""
    while True:
        if is_chunked:
            size = int((await reader.readline()).strip() or b"0", 16)
            data = await reader.readexactly(size + 2)
            data = data[:size]
        else:
            data = await reader.read(65536)
        if not data:
            return
        *complete, rest = (rest + data).split(b"\n")
        for line in complete:
            yield line


class Load:
    """What clients have seen of a server."""

    def __init__(self, server, clients, seconds):
        """Take their number, and how long they send."""
        self.server, self.clients, self.seconds = server, clients, seconds
        self.firsts, self.errors, self.ended, self.usage, self.on_time = [], {}, [], 0, 0

    async def complete(self, prompt, new):
        """Send one request, and count what comes."""
        body = {"model": self.server.model, "prompt": prompt, "max_tokens": new, "temperature": 0, "seed": 1}
        body |= {"stream": True, "stream_options": {"include_usage": True}}
        if self.server.is_ours:
            del body["model"]
        data = json.dumps(body).encode()
        start, tokens, used = time.monotonic(), 0, None
        reader, writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        try:
            head = f"POST /v1/completions HTTP/1.1\r\nHost: 127.0.0.1:{self.server.port}\r\nConnection: close\r\n"
            head += f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
            writer.write(head.encode() + data)
            answer = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            status = answer.split()[1]
            if status != "200":
                self.errors[status] = self.errors.get(status, 0) + 1
                await asyncio.sleep(0.5)
                return
            async for line in lines(reader, "transfer-encoding: chunked" in answer):
                if not line.startswith(b"data: {"):
                    continue
                event = json.loads(line[6:])
                if any(choice.get("text") for choice in event.get("choices", [])):
                    tokens += 1
                    if tokens == 1:
                        self.firsts.append(time.monotonic() - start)
                    self.on_time += time.monotonic() < self.end
                if event.get("usage"):
                    used = event["usage"]["completion_tokens"]
        finally:
            writer.close()
        # Bytes of one character may be several tokens.
        if used is not None and time.monotonic() < self.end:
            self.on_time += used - tokens
        self.usage += tokens if used is None else used
        self.ended.append((prompt, new))

    async def client(self, source):
        """Send one request after another."""
        while time.monotonic() < self.end:
            try:
                await self.complete(*next(source))
            except (OSError, asyncio.IncompleteReadError, ValueError) as error:
                name = type(error).__name__
                self.errors[name] = self.errors.get(name, 0) + 1
                await asyncio.sleep(0.5)

    async def run(self):
        """Let all clients send, and wait until all that they began has ended."""
        source, self.end = requests(), time.monotonic() + self.seconds
        tasks = [asyncio.create_task(self.client(source)) for _ in range(self.clients)]
        _, late = await asyncio.wait(tasks, timeout=self.seconds + DRAIN)
        for task in late:
            task.cancel()
        self.unended = len(late)


def batch_rate(engine, ended, options):
    """Return the tokens/s of `batch` on requests, loading excluded."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as items:
        for index, (prompt, new) in enumerate(ended):
            items.write(json.dumps({"id": index, "prompt": prompt, "max_new_tokens": new}) + "\n")
        items.flush()
        command = [options.binary, "batch", "--model", options.model, "--device", "0", "--precision", engine[5:]]
        command += ["--preset", "hf5", "--greedy", "--in", items.name, "--out", os.devnull, "--verbose"]
        said = subprocess.run(command, capture_output=True, text=True, check=True, env=options.environment).stderr
    return float(re.search(r"\(([\d.,]+) tokens/s\)", said)[1].replace(",", ""))


def measure(engine, clients, options):
    """Return what one server did."""
    server = Server(engine, options)
    try:
        warm_up = Load(server, 4, 2)
        asyncio.run(warm_up.run())
        before = server.memory()
        counted = server.counter("generated_tokens_total") if server.is_ours else 0
        load = Load(server, clients, options.seconds)
        asyncio.run(load.run())
        after = server.memory()
        if server.is_ours:
            counted = server.counter("generated_tokens_total") - counted
    finally:
        server.stop()
    firsts = sorted(load.firsts) or [float("nan")]
    result = dict(engine=engine, clients=clients, seconds=options.seconds, tokens_per_s=load.on_time / options.seconds)
    result |= dict(first_p50=statistics.median(firsts), first_p95=firsts[int(len(firsts) * 0.95)])
    result |= dict(requests=len(load.ended), unended=load.unended, errors=load.errors, usage=load.usage)
    result |= dict(memory_before_mib=before, memory_after_mib=after, load=os.getloadavg()[0])
    if server.is_ours:
        result |= dict(counted=counted, batch_tokens_per_s=batch_rate(engine, load.ended, options))
    return result


def table(runs):
    """Return the lines of a Markdown table of runs."""
    head = ["clients", "server", "tokens/s", "of `batch`", "of the best peer", "first token p50, p95", "requests"]
    head += ["errors", "MiB"]
    yield "| " + " | ".join(head) + " |"
    yield "|---" * len(head) + "|"
    for run in sorted(runs, key=lambda run: run["clients"]):
        peers = [
            r["tokens_per_s"] for r in runs if not r["engine"].startswith("ours") and r["clients"] == run["clients"]
        ]
        batch = best = ""
        if run["engine"].startswith("ours"):
            batch = f"{run['tokens_per_s'] / run['batch_tokens_per_s']:.2f}"
            best = f"{run['tokens_per_s'] / max(peers):.1f}" if peers else ""
        errors = ", ".join(f"{count} × {name}" for name, count in run["errors"].items()) or "none"
        if run["unended"]:
            errors += f", {run['unended']} never ended"
        cells = [
            *[str(run["clients"]), run["engine"], f"{run['tokens_per_s']:.1f}", batch, best],
            *[f"{run['first_p50']:.2f} s, {run['first_p95']:.2f} s", str(run["requests"]), errors],
            f"{run['memory_before_mib']:.0f}, then {run['memory_after_mib']:.0f}",
        ]
        yield "| " + " | ".join(cells) + " |"


def main():
    """Measure, or print a table of what was measured."""
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?")
    parser.add_argument("--table", metavar="FILE", help="print the table of this file and measure nothing")
    parser.add_argument("--binary", default=os.path.join(here, "../.build/release/gpt2-gpu"))
    parser.add_argument("--engines", default="ours-fp16,ours-int8,llama-f16,hf-fp32")
    parser.add_argument("--clients", default="32,64")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--cache", default=os.path.expanduser("~/.cache/gpt2-tools/models"))
    parser.add_argument("--out")
    options = parser.parse_args()
    if not (options.model or options.table):
        parser.error("a MODEL or --table is needed")
    if options.table:
        with open(options.table) as file:
            print("\n".join(table(json.load(file)["runs"])))
        return
    # transformers lists the models of this folder, and fails where there is none.
    options.environment = os.environ | {"HF_HUB_OFFLINE": "1", "HF_HUB_CACHE": os.path.join(options.cache, "hub")}
    os.makedirs(options.environment["HF_HUB_CACHE"], exist_ok=True)
    options.model = os.path.abspath(options.model)
    runs = []
    for clients in map(int, options.clients.split(",")):
        for engine in options.engines.split(","):
            runs.append(measure(engine, clients, options))
            print(json.dumps(runs[-1]), file=sys.stderr, flush=True)
            if options.out:
                with open(options.out, "w") as file:
                    json.dump(dict(arguments=sys.argv[1:], runs=runs), file, indent=1)
    print("\n".join(table(runs)))


if __name__ == "__main__":
    main()
