"""Pickled objects, to oneself and at one rank."""

STATEMENTS = [
    # name, setup, statement, check
    ("send to nobody", "", "comm.send(1, MPI.PROC_NULL)", "_ is None"),
    ("recv from nobody", "", "comm.recv(source=MPI.PROC_NULL)", "_ is None"),
    ("sendrecv int", "", "comm.sendrecv(1, 0, source=0)", "_ == 1"),
    ("sendrecv dict", "m = {'a': 1, 'b': [2.0, None]}", "comm.sendrecv(m, 0, source=0)", "_ == m"),
    ("isend + recv", "", "r = comm.isend(a, 0); v = comm.recv(source=0); r.wait()", "(v == a).all()"),
    ("irecv + send + wait", "", "r = comm.irecv(source=0); comm.send('x', 0); v = r.wait()", "v == 'x'"),
    ("isend + mprobe + recv", "", "r = comm.isend('x', 0); v = comm.mprobe(0).recv(); r.wait()", "v == 'x'"),
    ("iprobe", "", "comm.iprobe()", "_ is False"),
    ("barrier", "", "comm.barrier()", "_ is None"),
    ("bcast", "", "comm.bcast(1)", "_ == 1"),
    ("gather", "", "comm.gather(1)", "_ == [1]"),
    ("scatter", "", "comm.scatter([1])", "_ == 1"),
    ("allgather", "", "comm.allgather('x')", "_ == ['x']"),
    ("alltoall", "", "comm.alltoall([1])", "_ == [1]"),
    ("reduce", "", "comm.reduce(2)", "_ == 2"),
    ("allreduce", "", "comm.allreduce(2)", "_ == 2"),
    ("allreduce max", "", "comm.allreduce(2.5, MPI.MAX)", "_ == 2.5"),
    ("scan", "", "comm.scan(2)", "_ == 2"),
    ("exscan", "", "comm.exscan(2)", "_ is None"),
]
