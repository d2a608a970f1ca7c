"""Two ranks: an executor of `mpi4py.futures` and its worker, made anew and given many tasks."""


def tasks(name, setup, call, check, **options):
    """A row: the master's call within an executor, `v` what it gave, and a worker that serves."""
    words = ", ".join(["comm", *(f"{option}={value}" for option, value in options.items())])
    setup = "from mpi4py.futures import MPICommExecutor\nv = None\n" + setup
    master = f"with MPICommExecutor({words}) as executor: v = list({call})"
    return (name, setup, (master, f"with MPICommExecutor({words}): pass"), f"rank == 1 or {check}")


ARRAYS = "a = [np.full(1_000_000, i, dtype='u1') for i in range(32)]"
SAME = "all((one == i).all() for i, one in enumerate(v))"

STATEMENTS = [
    tasks("futures: 2000 empty tasks", "", "executor.map(bool, range(2000))", "sum(v) == 1999"),
    tasks("futures: 32 arrays of 1 MB", ARRAYS, "executor.map(np.asarray, a)", SAME),
    tasks("futures, pkl5: 2000 empty tasks", "", "executor.map(bool, range(2000))", "sum(v) == 1999", use_pkl5=True),
    tasks("futures, pkl5: 32 arrays of 1 MB", ARRAYS, "executor.map(np.asarray, a)", SAME, use_pkl5=True),
]
