"""Slurm: an array on two virtual nodes of this machine, with signals and kills."""

import os
import shutil
import signal
import socket
import subprocess
import time
import unittest

from support import EXAMPLES, OPTIONS, RecipeTests

PROGRAMS = ["munged", "slurmctld", "slurmd", "sbatch"]
HERE = [program for program in PROGRAMS if shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin")]

CONFIGURATION = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmUser=root
AuthType=auth/munge
# How long a job waits that is queued again, five seconds at least.
AuthInfo=socket={folder}/munge.socket,cred_expire=5
StateSaveLocation={folder}/state
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/%n.pid
SlurmdSpoolDir={folder}/%n
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
SchedulerParameters=sched_interval=1,sched_min_interval=100000,batch_sched_delay=0
NodeName=n1 NodeAddr=127.0.0.1 NodeHostname={host} Port={ports[1]} CPUs=1
NodeName=n2 NodeAddr=127.0.0.1 NodeHostname={host} Port={ports[2]} CPUs=1
PartitionName=all Nodes=ALL Default=YES
"""


def free_ports(count):
    """Ports that nobody listens at."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in sockets]
    for listener in sockets:
        listener.close()
    return ports


def is_pending(number, process):
    """Whether a signal waits for a process to go on."""
    with open(f"/proc/{process}/status") as file:
        mask = file.read().split("ShdPnd:")[1].split()[0]
    return int(mask, 16) >> (number - 1) & 1


@unittest.skipUnless(HERE == PROGRAMS and os.geteuid() == 0, "munge, slurmctld or slurmd is not here, or not for root")
class SlurmTests(RecipeTests):
    """Examples/slurm."""

    def setUp(self):
        """Starts a cluster of its own in the folder."""
        super().setUp()
        os.chmod(self.folder, 0o755)
        self.environment["PATH"] += ":/usr/sbin:/sbin"
        for name in ("state", "n1", "n2"):
            os.mkdir(self.path(name))
        with open(self.path("munge.key"), "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(os.urandom(128))
        with open(self.path("slurm.conf"), "w") as file:
            host = socket.gethostname().split(".")[0]
            file.write(CONFIGURATION.format(folder=self.folder, host=host, ports=free_ports(3)))
        files = {"key-file": "munge.key", "socket": "munge.socket", "pid-file": "munge.pid", "seed-file": "munge.seed"}
        self.start(
            *["munged", "--foreground", "--num-threads=1"],
            *[f"--{option}={self.path(name)}" for option, name in files.items()],
        )
        self.environment |= {"SLURM_CONF": self.path("slurm.conf")}
        self.await_that(lambda: os.path.exists(self.path("munge.socket")))
        self.start("slurmctld", "-D")
        for node in ("n1", "n2"):
            self.start("slurmd", "-D", "-N", node)
        self.await_that(lambda: self.ask("sinfo", "--noheader", "--format=%D %t") == "2 idle")

    def await_that(self, test):
        """Waits for a sign; minutes, where others keep the machine busy."""
        end = time.monotonic() + 300
        while not test():
            self.assertLess(time.monotonic(), end, self.log())
            time.sleep(0.05)

    def ask(self, *command):
        """What a command of Slurm prints."""
        return subprocess.run(command, env=self.environment, capture_output=True, text=True).stdout.strip()

    def test_tasks_are_queued_again(self):
        """One gets the signal that comes before the time limit, another's worker is killed."""
        self.environment |= {"SBATCH_ARRAY_INX": "0-2", "SBATCH_GPUS": "0"}
        submit = self.start(EXAMPLES + "/slurm/submit.sh", *OPTIONS[2:])
        self.finish(submit)
        queue = self.start("sh", "-c", "while [ ! -e merge.log ]; do sleep 0.1; done")
        worker = self.hit(queue, signal.SIGSTOP)
        with open(f"/proc/{worker}/environ") as file:
            task = dict(entry.split("=", 1) for entry in file.read().split("\0") if "=" in entry)
        name = f"{task['SLURM_ARRAY_JOB_ID']}_{task['SLURM_ARRAY_TASK_ID']}"
        self.ask("scancel", "--batch", "--signal=TERM", name)
        self.await_that(lambda: is_pending(signal.SIGTERM, worker))  # else it might end first
        os.kill(worker, signal.SIGCONT)
        self.hit(queue, but=[worker])
        self.finish(queue)
        self.await_that(lambda: self.ask("squeue", "--noheader") == "")
        with open(self.path(f"slurm-{name}.out")) as file:
            self.assertIn("ended with 143", file.read())
        self.check_file()
