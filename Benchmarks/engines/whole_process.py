"""A whole process, from its start to its end, with its peak memory."""

import os
import subprocess
import sys


def whole_process(engine, task, model):
    """Return the seconds and the peak memory in MiB of a process that writes five texts and ends.

    `engine` is one of `Ours`, or None for transformers' pipeline.
    """
    script = (
        "from transformers import pipeline\n"
        f"p = pipeline('text-generation', model={model!r})\n"
        "p('My dream is', num_return_sequences=5, do_sample=True, top_k=50, top_p=0.95, temperature=1.0, "
        "max_new_tokens=157, min_new_tokens=157)"
    )
    task.prompts = [[3666, 4320, 318]] * len(task.prompts)
    command = engine.command(task) if engine else [sys.executable, "-c", script]
    # A small process in between: what is forked from this large one would count this one's memory as its own.
    measure = (
        "import os, resource, subprocess, sys, time\nstart = time.perf_counter()\n"
        "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n"
        "print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)"
    )
    result = subprocess.run(
        [sys.executable, "-c", measure, *command],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"HF_HUB_OFFLINE": "1"},
    )
    seconds, memory = map(float, result.stdout.split())
    return seconds, memory
