"""Two ranks: an executor of `mpi4py.futures` and its worker, made anew and given many tasks."""


def tasks(name, setup, call, check, **options):
    """A row: the master's call within an executor, `v` what it gave, and a worker that serves."""
    words = ", ".join(["comm", *(f"{option}={value}" for option, value in options.items())])
    setup = "from mpi4py.futures import MPICommExecutor\nv = None\n" + setup
    master = f"with MPICommExecutor({words}) as executor: v = list({call})"
    return (name, setup, (master, f"with MPICommExecutor({words}): pass"), f"rank == 1 or {check}")


ARRAYS = "a = [np.full(1_000_000, i, dtype='u1') for i in range(16)]"
SAME = "all((one == i).all() for i, one in enumerate(v))"

STATEMENTS = [
    tasks("futures: 1000 empty tasks", "", "executor.map(bool, range(1000))", "sum(v) == 999"),
    tasks("futures: 16 arrays of 1 MB", ARRAYS, "executor.map(np.asarray, a)", SAME),
    tasks("futures, pkl5: 1000 empty tasks", "", "executor.map(bool, range(1000))", "sum(v) == 999", use_pkl5=True),
    tasks("futures, pkl5: 16 arrays of 1 MB", ARRAYS, "executor.map(np.asarray, a)", SAME, use_pkl5=True),
]
