#!/usr/bin/env python3
"""Stands in for gpt2-gpu: answers as it does, and misbehaves in the command that $FAKE names, such as crash:doctor."""

import json
import os
import signal
import subprocess
import sys
import time

LIMITS = {"copy_bytes_per_s": 1e12, "read_bytes_per_s": 2e12, "fma_flop_per_s": 3e13, "launch_s": 1e-6}
REFUSED = {"form": 0, "attends": True, "reason": "its kernel does not compile"}
UNIT = {"kernels": "simt", "name": "mma.sync.f16", "precision": "fp16", "used": False, "reason": "it is slow"}
RATE = {"tokens_per_s": {"median": 100.0}}


def bench(words):
    """Rows of `bench`, one a precision and batch."""
    value = {word: words[index + 1] for index, word in enumerate(words[:-1])}
    for precision in value["--precision"].split(","):
        for batch in map(int, value["--batch"].split(",")):
            row = {"status": "measured", "precision": precision, "batch": batch, "limits": LIMITS, "hash": "abc"}
            row |= {"prompt_tokens": value["--prompt-tokens"], "decode": RATE, "end_to_end": RATE, "reproduced": True}
            if "--profile" in words:
                row["profile"] = [{"kernel": "linear 768 × 2304", "share": 1.0, "seconds": 1.0, "launches": 1}]
            print(json.dumps(row), flush=True)


def main():
    """Answer one command."""
    words = sys.argv[1:]
    fault, _, where = os.environ.get("FAKE", "").partition(":")
    if where and where in words:
        if fault == "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        if fault == "twice":
            with open(os.environ["FAKE_CHILD"], "a") as file:
                file.write("x")
                if file.tell() <= 2:
                    os.kill(os.getpid(), signal.SIGABRT)
        if fault == "hang":
            child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
            with open(os.environ["FAKE_CHILD"], "w") as file:
                file.write(str(child.pid))
            time.sleep(600)
        if fault == "garbage":
            print("}{ no JSON")
            return 0
    if words == ["--version"]:
        print("0.0.0")
    elif words[0] == "devices":
        print(json.dumps([{"id": "0", "name": os.environ["FAKE_DEVICE"]}, {"id": "cpu", "name": "OpenBLAS"}]))
    elif words[0] == "doctor":
        units = [{**UNIT, "used": True, "form": 2, "attends": False, "refused_forms": [REFUSED]}, UNIT]
        print(json.dumps([{"right": True, "wrong": [], "left_out": 0, "dot_units": units}]))
    elif words[0] == "batch":
        for index in range(64):
            print(json.dumps({"index": index, "text": f"text {index}"}))
    elif words[0] == "score":
        print(json.dumps({"perplexity": 12.5}))
    elif words[0] == "bench":
        bench(words)
    elif words == ["--help"]:
        print("SUBCOMMANDS: bench, doctor")
    return 0


if __name__ == "__main__":
    sys.exit(main())
