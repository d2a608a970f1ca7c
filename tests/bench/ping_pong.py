"""Two ranks: there and back again. The statement is a pair, rank 0's and rank 1's."""

HERE = "(b == a).all()"


def ping_pong(name, setup, there, back, check):
    return (name, setup, (f"{there}; {back}", f"{back}; {there}"), check)


def buffers(count):
    return f"a, b = np.arange({count}.0), np.zeros({count})"


STATEMENTS = [
    ping_pong("Send, Recv of 8 bytes", buffers(1), "comm.Send(a, other)", "comm.Recv(b, other)", HERE),
    ping_pong("Send, Recv of 8 KiB", buffers(1024), "comm.Send(a, other)", "comm.Recv(b, other)", HERE),
    ping_pong(
        "Send, Recv [data, count, type]",
        "",
        "comm.Send([a, 8, MPI.DOUBLE], other)",
        "comm.Recv([b, 8, MPI.DOUBLE], other)",
        HERE,
    ),
    ping_pong("Isend, Irecv", "", "comm.Isend(a, other).Wait()", "comm.Irecv(b, other).Wait()", HERE),
    ping_pong("send, recv of an int", "", "comm.send(5, other)", "v = comm.recv(source=other)", "v == 5"),
    ping_pong("send, recv of an array", "", "comm.send(a, other)", "v = comm.recv(source=other)", "(v == a).all()"),
    ("2 ranks: Sendrecv", "", ("comm.Sendrecv(a, other, 0, b, other, 0)",) * 2, HERE),
    ("2 ranks: Barrier", "", ("comm.Barrier()",) * 2, "True"),
    ("2 ranks: Bcast", "", ("comm.Bcast(a)",) * 2, "True"),
    ("2 ranks: Allreduce", "", ("comm.Allreduce(a, b)",) * 2, "(b == 2 * a).all()"),
    ("2 ranks: Alltoall", "", ("comm.Alltoall(a, b)",) * 2, "b[0] == (a[0], a[4])[rank]"),
    ("2 ranks: bcast of an int", "", ("comm.bcast(5)",) * 2, "_ == 5"),
    ("2 ranks: allreduce of an int", "", ("comm.allreduce(rank)",) * 2, "_ == 1"),
]
