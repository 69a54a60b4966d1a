"""Finds what the program needs on a bare machine: libraries, and a driver that OpenCL's loader does not know."""

import glob
import os
import shutil
import sys
import tempfile

from .commands import Child, first

DRIVER = "libnvidia-opencl.so.1"
FOLDERS = (
    *("/usr/local/nvidia/lib64", "/usr/local/nvidia/lib", "/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib"),
    *("/usr/lib/aarch64-linux-gnu", "/usr/lib/wsl/lib", "/usr/local/cuda/compat", "/usr/lib/nvidia"),
)
VENDORS = "/etc/OpenCL/vendors"


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
        self.scratch = tempfile.mkdtemp(prefix="gpt2-gpu-")

    def prepare(self):
        """Find the driver and set the environment; every fault is a problem, and the run goes on without."""
        environment = self.commands.environment
        vendors = environment.get("OCL_ICD_VENDORS", VENDORS)
        known = registered(vendors)
        self.facts.update(vendors=vendors, registered=known)
        linked = [folder for folder in environment.get("LD_LIBRARY_PATH", "").split(":") if folder]
        path = find_driver([self.options.driver] if self.options.driver else [*linked, *FOLDERS])
        if self.options.driver and not path:
            self.commands.problem(f"--driver {self.options.driver}: there is no {DRIVER} in this folder")
        self.facts["library"] = path
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
        """Keep caches of the driver and of the program out of the way: what is built is built here."""
        environment = self.commands.environment
        for name, folder in (("CUDA_CACHE_PATH", "cuda"), ("GPT2_GPU_CACHE", "cache")):
            environment.setdefault(name, os.path.join(self.scratch, folder))

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
