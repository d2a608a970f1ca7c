"""What a worker does before its first task: environment, paths, the main module, the initializer."""

import os
import runpy
import sys
import threading
from types import ModuleType
from typing import Any

from ._options import Setup

WORKER_MAIN = "__worker__"

# The thread that runs the main script of a worker, if any does.
_importing = threading.local()


def main_of_this_process() -> tuple[str, str] | None:
    """How a worker gets at this process's ``__main__``: ("module", name) or ("path", file), if it can."""
    main = sys.modules.get("__main__")
    if main is None:
        return None
    # What comes back from a worker was defined in its `__worker__`, which is our `__main__`.
    sys.modules[WORKER_MAIN] = main
    spec = getattr(main, "__spec__", None)
    file = getattr(main, "__file__", None)
    if spec is not None and spec.name == "__main__" and file is not None:
        return "path", os.path.dirname(os.path.abspath(file))  # a folder or an archive that was run
    if spec is not None and spec.name:
        return "module", spec.name
    if file is not None and os.path.exists(file):
        return "path", os.path.abspath(file)
    return None


def prepare(setup: Setup) -> None:
    """Make this worker what an executor wants. It raises what user code raises."""
    os.environ.update(setup.env)
    if setup.inherited is not None:
        sys.path[:] = [*setup.inherited, *(path for path in sys.path if path not in setup.inherited)]
    sys.path.extend(path for path in setup.path if path not in sys.path)
    if setup.wdir is not None:
        os.chdir(setup.wdir)
    if setup.main is not None:
        _import_main(setup.main, setup.globals)
    else:
        vars(sys.modules["__main__"]).update(setup.globals)
    if setup.initializer is not None:
        initializer, initargs = setup.initializer.get()
        initializer(*initargs)


def is_importing_main() -> bool:
    """Whether a worker's main script, which must start no further workers, is what runs."""
    return getattr(_importing, "active", False)


def _import_main(main: tuple[str, str], variables: dict[str, Any]) -> None:
    known = sys.modules.get(WORKER_MAIN)
    if known is not None and getattr(known, "__mpi4py_main__", None) == main:
        vars(known).update(variables)
        return
    module = ModuleType(WORKER_MAIN)
    vars(module).update(variables, __mpi4py_main__=main)
    sys.modules["__main__"] = sys.modules[WORKER_MAIN] = module
    run = runpy.run_module if main[0] == "module" else runpy.run_path
    _importing.active = True
    try:
        found = run(main[1], init_globals=variables, run_name=WORKER_MAIN)
    finally:
        _importing.active = False
    vars(module).update(found)
