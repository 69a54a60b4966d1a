"""Kubernetes: the manifests by the published schema, and the containers' commands, without a cluster."""

import importlib.util
import re
import shutil
import signal
import subprocess
import unittest

from support import EXAMPLES, RecipeTests

MOUNT = ["unshare", "--mount"]
MAY_MOUNT = shutil.which(MOUNT[0]) and subprocess.run([*MOUNT, "true"], stderr=subprocess.DEVNULL).returncode == 0
HAS_SCHEMA = importlib.util.find_spec("kubernetes_validate")


def manifests(name):
    """The documents of a file."""
    import yaml

    with open(f"{EXAMPLES}/kubernetes/{name}.yaml") as file:
        return list(yaml.safe_load_all(file))


def action(policy, status):
    """What a policy says of an exit code: the first rule that fits, else it counts."""
    for rule in policy["rules"]:
        codes = rule.get("onExitCodes")
        if codes and (status in codes["values"]) == (codes["operator"] == "In"):
            return rule["action"]
    return "Count"


@unittest.skipUnless(HAS_SCHEMA, "kubernetes-validate is not here")
class KubernetesTests(RecipeTests):
    """Examples/kubernetes."""

    def test_manifests_follow_the_schema(self):
        """Those that Kubernetes publishes; no name is misspelled."""
        import kubernetes_validate

        for document in manifests("job") + manifests("merge"):
            kubernetes_validate.validate(document, kubernetes_validate.latest_version(), strict=True)
        job = manifests("job")[1]["spec"]
        environment = {entry["name"]: entry["value"] for entry in job["template"]["spec"]["containers"][0]["env"]}
        self.assertEqual(environment["JOB_COMPLETIONS"], str(job["completions"]))

    def test_exit_codes(self):
        """What would end so again ends its index; the rest is tried again."""
        policy = manifests("job")[1]["spec"]["podFailurePolicy"]
        found = {status: action(policy, status) for status in (2, 3, 4, 5, 6, 7, 75, 137, 143)}
        again = dict.fromkeys((5, 7, 137, 143), "Count") | {75: "Ignore"}
        self.assertEqual(found, dict.fromkeys((2, 3, 4, 6), "FailIndex") | again)

    def pod(self, container, index=None):
        """Starts a container's command as it stands, where the volume is mounted as it says."""
        variables = {entry["name"]: entry["value"] for entry in container.get("env", [])}
        if index is not None:
            variables["JOB_COMPLETION_INDEX"] = str(index)
        words = [
            re.sub(r"\$\((\w+)\)", lambda name: variables.get(name[1], name[0]), word)
            for word in container["command"] + container.get("args", [])
        ]
        mount = [*MOUNT, "sh", "-c", 'mount --bind "$1" "$2" && shift 2 && exec "$@"', "sh", self.folder]
        self.environment |= variables
        return self.start(*mount, container["volumeMounts"][0]["mountPath"], *words)

    @unittest.skipUnless(MAY_MOUNT, "nothing may be mounted here")
    def test_pods_die(self):
        """Two pods die, one by each signal, and a controller as small as can be replaces them."""
        job = manifests("job")[1]["spec"]
        container = job["template"]["spec"]["containers"][0]
        waiting, running, failures = list(range(job["completions"])), {}, dict.fromkeys(range(job["completions"]), 0)
        signals, dying = [signal.SIGKILL, signal.SIGTERM], None
        while waiting or running:
            while waiting and len(running) < job["parallelism"]:
                index = waiting.pop(0)
                running[index] = self.pod(container, index)
            if signals and not dying:
                dying = self.hit(next(iter(running.values())), signals[-1])
            for index, process in list(running.items()):
                try:
                    status = process.wait(0.01)
                except subprocess.TimeoutExpired:
                    continue
                del running[index]
                status = 128 - status if status < 0 else status
                if process.pid == dying:
                    dying = None
                    if status:
                        signals.pop()  # else it was done before it knew of the signal, so another is to die
                if status == 0:
                    continue
                self.assertEqual(action(job["podFailurePolicy"], status), "Count", f"{status}: {self.log()}")
                failures[index] += 1
                self.assertLessEqual(failures[index], job["backoffLimitPerIndex"])
                waiting.append(index)
        self.assertEqual(sum(failures.values()), 2)
        self.finish(self.pod(manifests("merge")[0]["spec"]["template"]["spec"]["containers"][0]))
        self.check_file()
