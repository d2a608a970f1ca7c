"""Extension modules that use mpi4py from C, as libraries do: compiled with the cell's MPI, and run under its mpiexec.

``cargo xtask test`` says where things are: MPI4PY_TEST_HEADER (the MPI library's mpi.h), MPI_API_LIBRARY (the library),
MPI4PY_TEST_MPIEXEC, and MPI4PY_TEST_CLIENTS (the environment `clients` of matrix/tools.toml: an old Cython, and SWIG).
"""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import mpi4py
import pytest

SOURCES = Path(__file__).with_name("sources")
# What a compiler says of our headers and of clients written by hand; Cython's and SWIG's own code is not ours to judge.
STRICT = ("-Wall", "-Wextra", "-Wpedantic", "-Werror")
GENERATED = ("-w", "-fno-strict-aliasing")
COMPILERS = {"c": ("cc", "-std=c11", "-Werror=incompatible-pointer-types", "-Werror=int-conversion"), "c++": ("c++", "-std=c++17")}


def asked(name):
    """What ``cargo xtask test`` says."""
    if name not in os.environ:
        pytest.skip(f"not started by cargo xtask test: no {name}")
    return os.environ[name]


def call(words, **options):
    """Run a program to its end: what it printed."""
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True, timeout=300, **options)
    assert done.returncode == 0, f"{' '.join(map(str, words))}\n{done.stdout}{done.stderr}"
    return done.stdout


class Workshop:
    """Compiles modules into a folder, and runs programs that import them."""

    package = Path(mpi4py.__file__).parent

    def __init__(self, folder):
        self.folder = folder
        self.made = set()
        self.tools = Path(asked("MPI4PY_TEST_CLIENTS"))
        header = Path(asked("MPI4PY_TEST_HEADER"))
        if header.name != "mpi.h":
            # A program for the standard ABI has its header under the usual name.
            folder.joinpath("abi").mkdir()
            shutil.copy(header, folder / "abi/mpi.h")
            header = folder / "abi/mpi.h"
        self.headers = [f"-I{mpi4py.get_include()}"]
        for place in (header.parent, sysconfig.get_path("include")):
            self.headers += ["-isystem", place]

    def compile(self, source, module, *flags, language="c"):
        """Compile and link a module. It finds its MPI library by SONAME alone: the one that mpi4py has opened."""
        library = Path(asked("MPI_API_LIBRARY"))
        link = ["-bundle", "-undefined", "dynamic_lookup"] if sys.platform == "darwin" else ["-shared"]
        words = [*COMPILERS[language], "-x", language, "-O0", "-fPIC", *flags, *self.headers, source]
        call([*words, "-x", "none", *link, library, "-o", self.folder / f"{module}.so"])

    def c(self, source, module, *flags, language="c"):
        """A module of C or C++: its name. It is compiled once."""
        if module not in self.made:
            self.compile(SOURCES / source, module, *STRICT, *flags, f"-DMODULE={module}", language=language)
            self.made.add(module)
        return module

    def cython(self, source, version=3):
        """A module of Cython: its name. Version 0 is the last one before 3."""
        module = f"{Path(source).stem}{version}"
        translated = self.translated(SOURCES / source, module, version)
        self.compile(translated, module, *GENERATED)
        return module

    def translated(self, source, module, version=3):
        """What Cython makes of a file: C."""
        target = self.folder / f"{module}.c"
        old = sysconfig.get_path("purelib", vars={"base": str(self.tools), "platbase": str(self.tools)})
        environment = os.environ | {"PYTHONPATH": old if version == 0 else ""}
        paths = ["-I", self.package.parent, "-I", mpi4py.get_include()]
        words = [sys.executable, "-m", "cython", "-3", "--module-name", module, *paths, source, "-o", target]
        call(words, env=environment)
        return target

    def swig(self, source, language="c"):
        """A module of SWIG: its name."""
        module = Path(source).stem
        target = self.folder / f"{module}_wrap.c"
        words = [self.tools / "bin/swig", "-python", f"-I{mpi4py.get_include()}", "-outdir", self.folder]
        call([*words, *(["-c++"] if language == "c++" else []), "-o", target, SOURCES / source])
        self.compile(target, f"_{module}", *GENERATED, language=language)
        return module

    def run(self, program):
        """Run a program under mpiexec, with warnings as errors: what it printed, in words."""
        words = [asked("MPI4PY_TEST_MPIEXEC"), "-n", 1, sys.executable, "-B", "-W", "error", "-c", program]
        return call(words, env=os.environ | {"PYTHONPATH": str(self.folder)}).split()


@pytest.fixture(scope="session")
def workshop(tmp_path_factory):
    for language, (compiler, *_) in COMPILERS.items():
        if not shutil.which(compiler):
            pytest.skip(f"this machine has no compiler for {language}: no {compiler}")
    if not Path(sysconfig.get_path("include"), "Python.h").exists():
        pytest.skip("this Python has no headers: no Python.h")
    return Workshop(tmp_path_factory.mktemp("clients"))
