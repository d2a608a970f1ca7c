"""Nonblocking and persistent collectives, persistent and partitioned messages to oneself, the ways to complete them."""

SAME = "(b == a).all()"
HALF = "(b[2:6] == a[:4]).all() and b[6] == 0"
NULL = "p == MPI.REQUEST_NULL"
W = "x = [MPI.DOUBLE]"

# (collective, arguments, check[, setup]): each once as I… and once as …_init.
COLLECTIVES = [
    ("barrier", "", "True"),
    ("bcast", "a", "a[7] == 8"),
    ("gather", "a, b", SAME),
    ("gatherv", "[a, 4], [b, [4], [2], MPI.DOUBLE]", HALF),
    ("scatter", "a, b", SAME),
    ("scatterv", "[a, [8], [0], MPI.DOUBLE], b", SAME),
    ("allgather", "a, b", SAME),
    ("allgatherv", "a, [b, ([8], [0]), MPI.DOUBLE]", SAME),
    ("alltoall", "a, b", SAME),
    ("alltoallv", "[a, [8]], [b, [8]]", SAME),
    ("alltoallw", "[a, ([4], [0]), x], [b, ([4], [16]), x]", HALF, W),
    ("reduce", "a, b, MPI.MAX", SAME),
    ("allreduce", "a, b", SAME),
    ("reduce_scatter", "a, b, [8]", SAME),
    ("reduce_scatter_block", "a, b", SAME),
    ("scan", "a, b", SAME),
]


def nonblocking(name, arguments, check, setup=""):
    return (f"I{name} + Wait", setup, f"v = comm.I{name}({arguments}).Wait()", f"v is True and {check}")


def persistent(name, arguments, check, setup=""):
    name = f"{name.capitalize()}_init"
    setup = f"{setup + '; ' if setup else ''}p = comm.{name}({arguments}); at_end(p.Free)"
    return (f"{name}: Start + Wait", setup, "p.Start(); v = p.Wait()", f"v is True and {check}")


def message(send):
    """A row of persistent messages: the receive starts first, so that every mode of send may follow."""
    setup = f"r = comm.Recv_init(b, 0); at_end(r.Free); p = comm.{send}; at_end(p.Free)"
    return (f"{send.split('(')[0]}: Start + Wait", setup, "r.Start(); p.Start(); p.Wait(); r.Wait()", SAME)


BUFFER = "m = bytearray(4096); comm.Attach_buffer(m); at_end(comm.Detach_buffer)"
PARTS = "r = comm.Precv_init(b, 2, 0, 0); at_end(r.Free); p = comm.Psend_init(a, 2, 0, 0); at_end(p.Free)"

STATEMENTS = [
    # name, setup, statement, check
    *(nonblocking(*row) for row in COLLECTIVES),
    *(persistent(*row) for row in COLLECTIVES),
    ("Allreduce_init + Free", "", "p = comm.Allreduce_init(a, b); p.Free()", NULL),
    ("Barrier_init + Free", "", "p = comm.Barrier_init(); p.Free()", NULL),
    # messages
    message("Send_init(a, 0)"),
    message("Ssend_init(a, 0)"),
    message("Rsend_init(a, 0)"),
    ("Bsend + Recv", BUFFER, "comm.Bsend(a, 0); comm.Recv(b, 0)", SAME),
    ("Ibsend + Recv + Wait", BUFFER, "p = comm.Ibsend(a, 0); comm.Recv(b, 0); p.Wait()", SAME),
    ("Isendrecv + Wait", "", "comm.Isendrecv(a, 0, 0, b, 0, 0).Wait()", SAME),
    ("Improbe + Message.Irecv", "", "p = comm.Isend(a, 0); comm.Improbe(0).Irecv(b).Wait(); p.Wait()", SAME),
    (
        "Psend_init, Precv_init: Start + Pready + Wait",
        PARTS,
        "r.Start(); p.Start(); p.Pready(0); p.Pready(1); p.Wait(); r.Wait()",
        SAME,
    ),
    (
        "Psend_init, Precv_init: Start + Pready_range + Wait",
        PARTS,
        "r.Start(); p.Start(); p.Pready_range(0, 1); p.Wait(); r.Wait()",
        SAME,
    ),
    # completion
    ("Irecv + Cancel + Wait", "s = MPI.Status()", "r = comm.Irecv(b, 0); r.Cancel(); r.Wait(s)", "s.Is_cancelled()"),
    ("Get_status", "r = comm.Irecv(b, 0); at_end(r.Wait); at_end(r.Cancel)", "r.Get_status()", "_ is False"),
    (
        "Waitsome",
        "",
        "v = MPI.Request.Waitsome([comm.Irecv(b, 0), comm.Isend(a, 0)])",
        f"sorted(v) == [0, 1] and {SAME}",
    ),
    (
        "Testany",
        "",
        "r = comm.Irecv(b, 0); comm.Send(a, 0); v = MPI.Request.Testany([r])",
        f"v == (0, True) and {SAME}",
    ),
    (
        "Waitall with statuses",
        "s = [MPI.Status(), MPI.Status()]",
        "MPI.Request.Waitall([comm.Isend(a, 0, 5), comm.Irecv(b, 0, 5)], s)",
        f"s[1].tag == 5 and {SAME}",
    ),
    (
        "waitall of objects",
        "",
        "v = MPI.Request.waitall([comm.isend('x', 0), comm.irecv(source=0)])",
        "v == [None, 'x']",
    ),
]
