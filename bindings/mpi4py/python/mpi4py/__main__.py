"""``python -m mpi4py``: what mpi4py found on this machine, and why. It initializes no MPI."""

import sys
from argparse import ArgumentParser

from . import __path__ as _path
from . import __version__
from ._loader import MPILibraryError, choose
from ._rc import rc, read_environment


def report():
    """What was chosen and why, in the order to be shown."""
    found = {"mpi4py": __version__, "python": sys.version.split()[0]}
    try:
        read_environment(rc)
        choice = choose(rc)
    except (MPILibraryError, ValueError) as error:
        return found | {"error": str(error), "tried": _tried(getattr(error, "tried", ()))}
    return found | {
        "library": choice.library.path,
        "family": choice.family,
        "mpi": ".".join(map(str, choice.version)),
        "version": choice.library.library_version(),
        "variant": choice.variant,
        "module": choice.module,
        "why": choice.why,
        "launcher": str(choice.launcher) if choice.launcher else None,
        "tried": _tried(choice.tried),
    }


def _tried(tried):
    return [{"path": path, "why": why, "reason": reason} for why, path, reason in tried]


def _lines(found):
    """The report for people: the first line of the library's version, and no file that is merely absent."""
    yield f"mpi4py {found['mpi4py']}"
    for name in ("python", "library", "family", "mpi", "version", "variant", "module", "why", "launcher"):
        if found.get(name):
            yield f"  {name:<10}{found[name].splitlines()[0]}"
    for one in found["tried"]:
        if one["reason"] != "no such file":
            yield f"  {'refused':<10}{one['path']} ({one['why']}): {one['reason']}"


# Options that print one thing of the report: flag, what it says of itself, the thing.
_ANSWERS = (
    ("--module", "the extension module that serves the MPI library", "{module}"),
    ("--mpi-library", "the path of the MPI library", "{library}"),
    ("--mpi-std-version", "the MPI version that the library reports", "MPI {mpi}"),
    ("--mpi-lib-version", "the version text of the library", "{version}"),
)


def _parser():
    parser = ArgumentParser(prog="python -m mpi4py", description=__doc__.partition(":")[2].strip(), allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"mpi4py {__version__}", help="the version of mpi4py")
    parser.add_argument("--json", action="store_true", help="with --info: as JSON")
    actions = parser.add_mutually_exclusive_group(required=True)
    actions.add_argument(
        "--info", action="store_true", help="library, family, version, module and why they were chosen"
    )
    actions.add_argument("--prefix", action="store_true", help="the folder that mpi4py is installed in")
    for flag, text, answer in _ANSWERS:
        actions.add_argument(flag, action="store_const", dest="answer", const=answer, help=text)
    return parser


def main(arguments=None):
    """Run the command; the exit status is 1 when no MPI library fits."""
    options = _parser().parse_args(arguments)
    if options.prefix:
        print(_path[0])
        return 0
    found = report()
    if options.info and options.json:
        import json

        print(json.dumps(found, indent=2))
    elif "error" in found:
        print(found["error"], file=sys.stderr)
    else:
        print("\n".join(_lines(found)) if options.info else options.answer.format(**found))
    return 1 if "error" in found else 0


if __name__ == "__main__":
    sys.exit(main())
