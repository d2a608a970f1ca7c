"""Messages to oneself."""

SAME = "(b == a).all()"

STATEMENTS = [
    # name, setup, statement, check
    ("Sendrecv", "", "comm.Sendrecv(a, 0, 0, b, 0, 0)", SAME),
    (
        "Sendrecv with status",
        "s = MPI.Status()",
        "comm.Sendrecv(a, 0, 7, b, 0, 7, s)",
        f"{SAME} and s.tag == 7",
    ),
    ("Sendrecv_replace", "", "comm.Sendrecv_replace(a, 0, 0, 0, 0)", "a[7] == 8"),
    ("Isend + Recv + Wait", "", "r = comm.Isend(a, 0); comm.Recv(b, 0); r.Wait()", SAME),
    ("Irecv + Send + Wait", "", "r = comm.Irecv(b, 0); comm.Send(a, 0); r.Wait()", SAME),
    ("Irecv + Ssend + Test", "", "r = comm.Irecv(b, 0); comm.Ssend(a, 0); r.Test()", SAME),
    (
        "Irecv + Rsend + Wait with status",
        "s = MPI.Status()",
        "r = comm.Irecv(b, 0); comm.Rsend(a, 0); r.Wait(s)",
        f"{SAME} and s.Get_count(MPI.DOUBLE) == 8",
    ),
    ("Issend + Irecv + Waitall", "", "MPI.Request.Waitall([comm.Issend(a, 0), comm.Irecv(b, 0)])", SAME),
    ("Irsend", "", "r = comm.Irecv(b, 0); q = comm.Irsend(a, 0); q.Wait(); r.Wait()", SAME),
    ("Isend + Probe + Recv", "", "r = comm.Isend(a, 0); comm.Probe(0); comm.Recv(b, 0); r.Wait()", SAME),
    (
        "Isend + Mprobe + Message.Recv",
        "",
        "r = comm.Isend(a, 0); comm.Mprobe(0).Recv(b); r.Wait()",
        SAME,
    ),
    ("Iprobe", "", "comm.Iprobe()", "_ is False"),
    ("Iprobe with keywords", "", "comm.Iprobe(source=0, tag=3)", "_ is False"),
    ("Send_init + Free", "", "comm.Send_init(a, 0).Free()", "_ is None"),
    (
        "persistent Start, Waitall",
        "p = [comm.Recv_init(b, 0), comm.Send_init(a, 0)]; at_end(p[0].Free); at_end(p[1].Free)",
        "MPI.Prequest.Startall(p); MPI.Request.Waitall(p)",
        SAME,
    ),
    (
        "16 requests in Waitall",
        "to, of = [np.zeros(1) for _ in range(8)], [np.ones(1) for _ in range(8)]",
        "MPI.Request.Waitall([comm.Irecv(x, 0) for x in to] + [comm.Isend(x, 0) for x in of])",
        "to == of",
    ),
    ("Waitall of 16 null requests", "rs = [MPI.Request() for _ in range(16)]", "MPI.Request.Waitall(rs)", "True"),
    ("Testall of 16 null requests", "rs = [MPI.Request() for _ in range(16)]", "MPI.Request.Testall(rs)", "_"),
    (
        "Waitany",
        "",
        "r = comm.Irecv(b, 0); comm.Send(a, 0); MPI.Request.Waitany([MPI.REQUEST_NULL, r])",
        SAME,
    ),
    ("Pack + Unpack", "m = bytearray(64)", "MPI.DOUBLE.Pack(a, m, 0, comm); MPI.DOUBLE.Unpack(m, 0, b, comm)", SAME),
]
