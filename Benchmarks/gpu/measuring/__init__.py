"""The parts of run.py: what is measured on a machine with a GPU, and how its commands are run."""
