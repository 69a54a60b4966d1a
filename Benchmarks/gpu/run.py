#!/usr/bin/env python3
"""gpt2-gpu on a GPU in one run of 10 minutes at most: what is wrong, what is slow, and transformers beside it.

  run.py [--parts first|all|NAME,…] [--device N|NAME] [--models 124m,355m,774m,1558m] [--batches 1,8,64,256]
         [--precisions fp16,int8] [--skip-peers] [--time-limit 600] [--out gpu.json] [--caches FOLDER]

It lies in the folder that Benchmarks/gpu/bundle makes, beside the program and its libraries. Needs Python and a driver;
the peers torch and transformers. What was found is written after every command, so that nothing loses it. README.md
says what the parts do and write.
"""

import argparse
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from measuring.commands import Commands  # noqa: E402
from measuring.parts import ALL, Run  # noqa: E402


def parse(arguments):
    """Return the options of a command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", default="all", help="first, rest, all, or of " + ", ".join(ALL))
    parser.add_argument("--device", help="its number among OpenCL's devices, or part of its name; else the first GPU")
    parser.add_argument("--driver", metavar="FOLDER", help="where NVIDIA's OpenCL driver is, if it is not found")
    parser.add_argument("--models", default="124m,355m,774m,1558m")
    parser.add_argument("--batches", default="1,8,64,256")
    parser.add_argument("--precisions", default="fp16,int8")
    parser.add_argument("--prompt-tokens", type=int, default=32)
    parser.add_argument("--new-tokens", type=int, default=128)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--skip-peers", action="store_true")
    parser.add_argument("--time-limit", type=float, default=600, help="seconds for everything")
    parser.add_argument("--command-limit", type=float, default=300, help="seconds for each command")
    parser.add_argument("--program", default=os.path.join(HERE, "gpt2-gpu"))
    parser.add_argument("--out", default="gpu.json")
    parser.add_argument("--caches", metavar="FOLDER", help="keep what drivers compile there, for another run")
    options = parser.parse_args(arguments)
    unknown = set(options.parts.split(",")) - {"first", "rest", "all", *ALL}
    if unknown:
        parser.error(f"no part is called {', '.join(sorted(unknown))}")
    options.program = os.path.abspath(options.program)
    options.caches = options.caches and os.path.abspath(options.caches)
    return options


def main():
    """Run the parts that were asked for; return 1 if there was a problem."""
    return Run(Commands(parse(sys.argv[1:]), HERE)).run()


if __name__ == "__main__":
    sys.exit(main())
