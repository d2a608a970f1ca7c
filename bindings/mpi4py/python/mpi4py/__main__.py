"""``python -m mpi4py``: runs a program, or tells what mpi4py found on this machine. See `mpi4py.run`."""

from .run import main

if __name__ == "__main__":
    main()
