"""GNU parallel: workers killed, and hosts by ssh."""

import glob
import os
import shutil
import unittest

from support import EXAMPLES, OPTIONS, RecipeTests


@unittest.skipUnless(shutil.which("parallel"), "GNU parallel is not here")
class ParallelTests(RecipeTests):
    """Examples/parallel."""

    def recipe(self, *options, **variables):
        """Starts it with four parts."""
        self.environment |= {"PARTS": "4"} | variables
        return self.start(EXAMPLES + "/parallel/parts.sh", *OPTIONS[2:], *options)

    def ssh(self):
        """A program that takes this machine for every host; as there, a command begins in the user's folder.

        A host's sshd sets SHELL too, with which GNU parallel starts its jobs; here it may not be set.
        """
        with open(self.path("ssh"), "w") as file:
            file.write('#!/bin/bash\nshift\n[[ $1 != -- ]] || shift\ncd && SHELL=/bin/bash exec bash -c "$*"\n')
        os.chmod(self.path("ssh"), 0o755)
        return self.path("ssh")

    def test_a_worker_is_killed(self):
        """Its part is begun again, and goes on."""
        recipe = self.recipe(JOBS="2")
        self.hit(recipe)
        self.finish(recipe)
        self.check_file()

    def test_hosts(self):
        """Two hosts, whose ssh is a shell of this machine."""
        recipe = self.recipe(HOSTS="host1,host2", PARALLEL_SSH=self.ssh())
        self.hit(recipe)
        self.finish(recipe)
        self.check_file()
        with open(self.path("parts.log")) as file:
            hosts = {line.split("\t")[1] for line in file.readlines()[1:]}
        self.assertEqual(hosts, {"host1", "host2"})

    @unittest.skipUnless(shutil.which("make"), "make is not here")
    def test_make(self):
        """A part whose worker is killed fails, others go on; the second time it is continued, and all are merged."""
        options = ["PARTS=4", "OPTIONS=" + " ".join(OPTIONS[2:]), "SSH=" + self.ssh()]
        for hosts in "", "host1 host2":
            makefile = EXAMPLES + "/parallel/Makefile"
            make = ["make", "--keep-going", "--jobs=2", "--file=" + makefile, "HOSTS=" + hosts, *options]
            recipe = self.start(*make)
            self.hit(recipe)
            self.finish(recipe, 2)
            self.assertEqual(len(glob.glob(self.path("part-*.done"))), 3)
            self.finish(self.start(*make))
            self.check_file()
            for path in glob.glob(self.path("*.done")) + glob.glob(self.path("*.jsonl*")):
                if not path.endswith("prompts.jsonl"):
                    os.remove(path)

    def test_options_arrive_as_they_are(self):
        """With spaces, quotes and what a shell would run, here and by ssh."""
        self.program('printf "%s|" "$@" >>arguments; echo >>arguments\n')
        self.environment["PATH"] = os.environ["PATH"]
        odd = "a  b; touch 'c' \"$HOME\" \\ é"
        for hosts in ":", "host1":
            self.finish(self.recipe("--prefix", odd, PARTS="1", HOSTS=hosts, PARALLEL_SSH=self.ssh()))
            os.remove(self.path("parts.log"))
        with open(self.path("arguments")) as file:
            lines = file.read().splitlines()
        self.assertEqual(len(lines), 4)  # those of batch, and those of merge, each time
        for line in lines[::2]:
            self.assertTrue(line.endswith(f"|--prefix|{odd}|"), line)
        self.assertEqual(lines[0], lines[2])
