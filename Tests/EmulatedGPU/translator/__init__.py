"""From PTX, NVIDIA's assembly language, to C that runs a kernel on a processor: see emission.py."""
