"""Brings the compilers of real GPUs into a folder, without installing anything, and says where they are."""

import glob
import hashlib
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


class Missing(Exception):
    """A tool that cannot be had here, in words for a person."""


def default_folder():
    """$GPT2_GPU_TOOLS, or a folder of the user's cache."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.environ.get("GPT2_GPU_TOOLS") or cache + "/gpt2-gpu-tools"


def _packages():
    with open(HERE + "/packages.txt") as file:
        return [line.split() for line in file if line.strip() and not line.startswith("#")]


def _run(command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **options)
    if done.returncode:
        raise Missing(f"'{' '.join(command)[:200]}' failed: {done.stdout.strip()[-300:]}")


def _check(path, expected):
    with open(path, "rb") as file:
        if hashlib.sha256(file.read()).hexdigest() != expected:
            raise Missing(f"{path} is not the file that packages.txt names")


def fetch(folder):
    """Downloads what packages.txt names, checks it, and unpacks it: about 200 MB, then 1.1 GB. Done once."""
    packages = _packages()
    stamp, wanted = folder + "/packages.txt", "\n".join(" ".join(package) for package in packages)
    if os.path.exists(stamp):
        with open(stamp) as file:
            if file.read() == wanted:
                return
    print(f"Downloading the compilers of GPUs into {folder}", file=sys.stderr)
    os.makedirs(folder + "/downloads", exist_ok=True)
    debian = [f"{name}={version}" for kind, name, version, _ in packages if kind == "debian"]
    try:
        _run(["apt-get", "download", "-q", *debian], cwd=folder + "/downloads")
    except (Missing, FileNotFoundError) as error:
        raise Missing(f"Debian 12's packages cannot be downloaded (is 'apt-get update' due?): {error}") from error
    for kind, name, version, expected in packages:
        if kind == "debian":
            path = glob.glob(f"{folder}/downloads/{name}_{version.replace(':', '%3a')}_*.deb")[0]
            _check(path, expected)
            _run(["dpkg", "-x", path, folder + ("/root-19" if "19" in name else "/root")])  # both have usr/lib/clc
    requirements = folder + "/requirements.txt"
    with open(requirements, "w") as file:
        file.writelines(f"{n}=={v} --hash=sha256:{h}\n" for kind, n, v, h in packages if kind == "wheel")
    pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps", "--upgrade"]
    _run([*pip, "--require-hashes", "--target", folder + "/python", "-r", requirements])
    for path in glob.glob(folder + "/python/**/bin/*", recursive=True):
        os.chmod(path, 0o755)
    with open(stamp, "w") as file:
        file.write(wanted)


class Toolchain:
    """The programs and libraries in the folder."""

    def __init__(self, folder):
        """Finds them; fetch() has brought them."""
        root = folder + "/root"
        libraries = root + "/usr/lib/x86_64-linux-gnu"

        def find(pattern):
            found = glob.glob(f"{folder}/{pattern}", recursive=True)
            if not found:
                raise Missing(f"{pattern} is not in {folder}: remove that folder, and it is made again")
            return found[0]

        self.clang = find("root/usr/lib/llvm-15/bin/clang")
        self.nvidia_builtins = find("root/usr/lib/clc/nvptx64--nvidiacl.bc")
        self.ptxas, self.nvdisasm = find("python/**/bin/ptxas"), find("python/**/bin/nvdisasm")
        self.amd_builtins = find("root/usr/lib/x86_64-linux-gnu/amdgcn/bitcode")
        self.new_clang = find("root-19/usr/lib/llvm-19/bin/clang")
        self.new_amd_builtins = find("root-19/usr/lib/clc/amdgcn--amdhsa.bc")
        self.ocloc = find("root/usr/bin/ocloc")
        self.llvm_spirv, self.spirv_val = find("root/usr/bin/llvm-spirv-15"), find("root/usr/bin/spirv-val")
        places = [libraries, libraries + "/intel-opencl", root + "/usr/lib/llvm-15/lib"]
        places += [root + "-19/usr/lib/x86_64-linux-gnu", root + "-19/usr/lib/llvm-19/lib"]
        self.environment = dict(os.environ, LD_LIBRARY_PATH=":".join(places))
