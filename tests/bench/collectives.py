"""Collectives at one rank: the call's own cost, for each way to describe a message."""

SAME = "(b == a).all()"
HALF = "(b[2:6] == a[:4]).all()"

STATEMENTS = [
    # name, setup, statement, check
    ("Barrier", "", "comm.Barrier()", "_ is None"),
    ("Gather", "", "comm.Gather(a, b)", SAME),
    ("Gather to bytearray", "m = bytearray(64)", "comm.Gather(a, [m, MPI.DOUBLE])", "bytes(m) == a.tobytes()"),
    ("Gatherv", "", "comm.Gatherv(a, [b, [8]])", SAME),
    ("Gatherv [data, counts, displs, type]", "", "comm.Gatherv([a, 4], [b, [4], [2], MPI.DOUBLE])", HALF),
    ("Scatter", "", "comm.Scatter(a, b)", SAME),
    ("Scatterv [data, counts, displs, type]", "", "comm.Scatterv([a, [8], [0], MPI.DOUBLE], b)", SAME),
    ("Allgather", "", "comm.Allgather(a, b)", SAME),
    ("Allgather in place", "", "comm.Allgather(MPI.IN_PLACE, a)", "a[7] == 8"),
    ("Allgatherv", "", "comm.Allgatherv(a, [b, ([8], [0]), MPI.DOUBLE])", SAME),
    ("Alltoall", "", "comm.Alltoall(a, b)", SAME),
    ("Alltoallv", "", "comm.Alltoallv([a, [8]], [b, [8]])", SAME),
    (
        "Alltoallw",
        "t = [MPI.DOUBLE]",
        "comm.Alltoallw([a, ([8], [0]), t], [b, ([8], [0]), t])",
        SAME,
    ),
    ("Reduce", "", "comm.Reduce(a, b)", SAME),
    ("Reduce [data, type]", "", "comm.Reduce([a, MPI.DOUBLE], [b, MPI.DOUBLE], MPI.MAX)", SAME),
    ("Allreduce of one double", "x, y = np.ones(1), np.zeros(1)", "comm.Allreduce(x, y)", "y[0] == 1"),
    ("Allreduce [data, count, displ, type]", "", "comm.Allreduce([a, 4, 0, 'd'], [b, 4, 2, 'd'], MPI.SUM)", HALF),
    ("Allreduce in place", "", "comm.Allreduce(MPI.IN_PLACE, a)", "a[7] == 8"),
    ("Allreduce array.array", "x, y = array('i', [3]), array('i', [0])", "comm.Allreduce(x, y)", "y[0] == 3"),
    ("Allreduce DLPack", "x, y = OnlyDLPack(a), OnlyDLPack(b)", "comm.Allreduce(x, y)", SAME),
    ("Allreduce CUDA array interface", "x, y = OnlyCAI(a), OnlyCAI(b)", "comm.Allreduce(x, y)", SAME),
    ("Scan", "", "comm.Scan(a, b)", SAME),
    ("Exscan", "", "comm.Exscan(a, b)", "_ is None"),
    ("Reduce_scatter", "", "comm.Reduce_scatter(a, b, [8])", SAME),
    ("Reduce_scatter_block", "", "comm.Reduce_scatter_block(a, b)", SAME),
]
