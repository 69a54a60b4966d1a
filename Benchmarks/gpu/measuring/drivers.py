"""Finds what the program needs on a bare machine: libraries, and a driver that OpenCL's loader does not know."""

import glob
import os
import re
import shutil
import sys
import tempfile

from .commands import Child, first

DRIVER = "libnvidia-opencl.so.1"
FOLDERS = (
    *("/usr/local/nvidia/lib64", "/usr/local/nvidia/lib", "/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib"),
    *("/usr/lib/aarch64-linux-gnu", "/usr/lib/wsl/lib", "/usr/local/cuda/compat", "/usr/lib/nvidia"),
    *("/usr/lib64/nvidia", "/usr/lib/x86_64-linux-gnu/nvidia/current", "/run/opengl-driver/lib", "/usr/local/nvidia"),
)
VENDORS = "/etc/OpenCL/vendors"
CONTROL = "/dev/nvidiactl"  # which is there where NVIDIA's kernel module is


def known_folders():
    """Return the folders where the linker's cache has a library of NVIDIA's driver."""
    try:
        child = Child(["ldconfig", "-p"], dict(os.environ, PATH=os.environ.get("PATH", "") + ":/sbin:/usr/sbin"))
        child.wait(10)
    except OSError:
        return []
    found = re.findall(r"=> (\S+)/lib(?:nvidia-opencl|cuda)\.so", child.output)
    return list(dict.fromkeys(found))


def find_driver(folders):
    """Return the path of NVIDIA's OpenCL driver: the first of the folders that has one, or None."""
    for folder in folders:
        for path in sorted(glob.glob(os.path.join(folder, DRIVER + "*"))):
            if os.path.isfile(path):
                return os.path.join(folder, DRIVER) if os.path.exists(os.path.join(folder, DRIVER)) else path
    return None


def registered(vendors):
    """Return the libraries that the .icd files of a folder name; a file may be given in place of the folder."""
    libraries = []
    for path in [vendors] if os.path.isfile(vendors) else sorted(glob.glob(vendors + "/*.icd")):
        try:
            with open(path) as file:
                libraries.append(file.read().strip())
        except OSError:
            pass
    return libraries


class Drivers:
    """Sets up the environment in which the program finds its libraries and its device."""

    def __init__(self, commands):
        """Take the commands, whose environment this changes."""
        self.commands, self.options, self.facts = commands, commands.options, commands.result["driver"]
        try:
            self.scratch = tempfile.mkdtemp(prefix="gpt2-gpu-")
        except OSError:  # no folder for such can be written, but perhaps that of the result
            self.scratch = tempfile.mkdtemp(prefix="gpt2-gpu-", dir=os.path.dirname(os.path.abspath(self.options.out)))

    def prepare(self):
        """Find the driver and set the environment; every fault is a problem, and the run goes on without."""
        environment = self.commands.environment
        vendors = environment.get("OCL_ICD_VENDORS", VENDORS)
        known = registered(vendors)
        self.facts.update(vendors=vendors, registered=known)
        linked = [folder for folder in environment.get("LD_LIBRARY_PATH", "").split(":") if folder]
        folders = [self.options.driver] if self.options.driver else [*linked, *FOLDERS, *known_folders()]
        path = find_driver(folders)
        if self.options.driver and not path:
            self.commands.problem(f"--driver {self.options.driver}: there is no {DRIVER} in this folder")
        self.facts["library"] = path
        if not path and not self.options.driver and os.path.exists(CONTROL):
            self.commands.problem(
                f"there is a device of NVIDIA's, but no {DRIVER} in {', '.join(folders)}: "
                "containers get it with NVIDIA_DRIVER_CAPABILITIES=compute; --driver names another folder"
            )
        if path:
            self.facts["beside_it"] = sorted(
                os.path.basename(found) for found in glob.glob(os.path.dirname(path) + "/lib*nvidia*.so.*")
            )
        # Whoever names drivers has chosen; a driver that the loader opens already needs no second name.
        is_new = path and not any("nvidia" in name and self.opens(name) for name in known)
        if path and (self.options.driver or (is_new and "OCL_ICD_VENDORS" not in environment)):
            self.register(path, known)
        self.set_libraries(os.path.dirname(path) if path else None)
        self.set_home()

    def register(self, path, known):
        """Write a folder of .icd files: the driver's, and those that were known."""
        folder = os.path.join(self.scratch, "vendors")
        os.makedirs(folder, exist_ok=True)
        for index, library in enumerate([path, *(name for name in known if "nvidia" not in name)]):
            with open(f"{folder}/{index}.icd", "w") as file:
                file.write(library + "\n")
        self.commands.environment["OCL_ICD_VENDORS"] = self.facts["vendors"] = folder
        self.facts["registered"] = registered(folder)

    def set_libraries(self, driver_folder):
        """Let the program find its libraries; a C++ library of the machine's own comes before the bundle's."""
        environment, here = self.commands.environment, self.commands.here
        self.unpack(glob.glob(here + "/lib/*.xz"))
        folders = [here + "/lib", self.scratch, driver_folder, environment.get("LD_LIBRARY_PATH")]
        environment["LD_LIBRARY_PATH"] = ":".join(filter(None, folders))
        child = None
        try:
            child = Child([self.options.program, "--version"], environment)
            if child.wait(20) == 0:
                self.facts["program"] = child.output.strip()
                return
            environment["LD_LIBRARY_PATH"] += f":{here}/lib/spare"
            child = Child([self.options.program, "--version"], environment)
            if child.wait(20) == 0:
                self.facts["program"] = child.output.strip()
                return
        except OSError as error:
            self.commands.problem(f"{self.options.program} cannot be started: {error}")
            return
        self.commands.problem(f"{self.options.program} --version fails: {child.errors.strip()[-500:]}")

    def unpack(self, paths):
        """Unpack the bundle's packed libraries."""
        for path in paths:
            try:
                import lzma

                with lzma.open(path) as packed, open(f"{self.scratch}/{os.path.basename(path)[:-3]}", "wb") as file:
                    shutil.copyfileobj(packed, file, 1 << 20)
            except (ImportError, OSError) as error:
                self.commands.problem(f"{path} cannot be unpacked: {error}; --device cpu is left out")

    def set_home(self):
        """Give every cache a folder that can be written: what is built is built here, and by whom is known."""
        environment, folder = self.commands.environment, self.options.caches or self.scratch
        # Of the program only: its own, for another run would otherwise believe this one's journal of crashes.
        environment["GPT2_GPU_CACHE"] = os.path.join(self.scratch, "cache")
        environment["CUDA_CACHE_PATH"] = os.path.join(folder, "cuda")
        environment["CUDA_CACHE_DISABLE"] = "0"
        environment["CUDA_CACHE_MAXSIZE"] = str(1 << 30)
        for name, own in (("TRITON_CACHE_DIR", "triton"), ("TORCHINDUCTOR_CACHE_DIR", "inductor")):
            self.commands.own_environment.setdefault(name, os.path.join(folder, own))
        for variables in (environment, self.commands.own_environment):
            home = variables.get("HOME", "")
            if not os.access(home, os.W_OK):
                variables["HOME"] = self.scratch

    def opens(self, library):
        """Return whether the linker opens a library, in a process of its own."""
        script = "import ctypes, sys; ctypes.CDLL(sys.argv[1])"
        return Child([sys.executable, "-c", script, library], self.commands.environment).wait(20) == 0

    def devices(self):
        """Return OpenCL's devices as seen without the program; the chosen one's number, or None."""
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "opencl.py")
        found = first(self.commands.run([sys.executable, script, "list"], limit=60), [])
        self.facts["devices"] = found
        chosen = self.options.device
        if chosen is None:
            numbers = [index for index, device in enumerate(found) if device["is_gpu"]] or list(range(len(found)))
        elif chosen.isdigit():
            numbers = [int(chosen)] if int(chosen) < len(found) else []
        else:
            numbers = [index for index, device in enumerate(found) if chosen.lower() in device["name"].lower()]
        if not numbers:
            names = ", ".join(f"{index} ({device['name']})" for index, device in enumerate(found))
            self.commands.problem(f"no device {chosen or 'at all'}; there are: {names or 'none'}")
            return None
        return numbers[0]

    def close(self):
        """Remove what was written for the run alone."""
        shutil.rmtree(self.scratch, ignore_errors=True)
