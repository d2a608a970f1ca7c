"""Counts the instructions of one call, by function: a busy machine does not change them.

``python tests/bench/instructions.py STATEMENT PYTHON... [--setup CODE]`` runs the statement, where ``comm`` is `COMM_WORLD`,
under valgrind's callgrind, few times and many, and prints what one more call costs under each interpreter. Those of the
environments that ``cargo xtask bench`` has made are below ``target/cells`` and ``target/tools``.
"""

import argparse
import collections
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

FEW, MANY = 100, 5100
PROGRAM = """\
from mpi4py import MPI
comm = MPI.COMM_WORLD
{setup}
def run(calls):
    for _ in range(calls):
        {statement}
run({calls})
"""
LINE = re.compile(r"\s*([\d,]+) \([^)]*\)\s+(.*?)(?: \[.*\])?$")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("statement", metavar="STATEMENT")
    parser.add_argument("interpreters", nargs="+", metavar="PYTHON")
    parser.add_argument("--setup", default="")
    parser.add_argument("--most", type=int, default=25, help="functions to print")
    arguments = parser.parse_args()
    for python in arguments.interpreters:
        few, many = (counted(python, arguments, calls) for calls in (FEW, MANY))
        cost = {function: (many[function] - few[function]) / (MANY - FEW) for function in many}
        print(f"{sum(cost.values()):8.0f} {python}")
        for function in sorted(cost, key=cost.get, reverse=True)[: arguments.most]:
            print(f"{cost[function]:8.1f}   {function}")


def counted(python, arguments, calls):
    """Instructions by function, of the whole program."""
    statement = arguments.statement.replace("\n", "\n        ")
    program = PROGRAM.format(setup=arguments.setup, statement=statement, calls=calls)
    with tempfile.TemporaryDirectory() as folder:
        counts = Path(folder, "counts")
        valgrind = ["valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={counts}"]
        environment = dict(os.environ, PYTHONHASHSEED="0")
        if subprocess.run([*valgrind, python, "-c", program], env=environment).returncode:
            sys.exit(f"instructions: {python} fails under valgrind")
        command = ["callgrind_annotate", "--inclusive=no", "--threshold=100", counts]
        listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    functions = collections.Counter()
    for line in listing.splitlines():
        match = LINE.match(line)
        if match and match[2] != "PROGRAM TOTALS":
            functions[match[2].rpartition("/")[2].removeprefix("???:")] += int(match[1].replace(",", ""))
    return functions


if __name__ == "__main__":
    main()
