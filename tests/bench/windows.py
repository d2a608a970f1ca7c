"""Windows: one-sided communication with oneself, its synchronization, and what a window tells of itself."""

# A window of 8 doubles that its process sees as `m`.
WINDOW = "w = MPI.Win.Allocate(64, 8, comm=comm); at_end(w.Free); m = np.frombuffer(w.tomemory()); m[:] = 1"
PUT = "(m == a).all()"
GOT = "(b == 1).all()"
FREED = "w == MPI.WIN_NULL"


def window(call, statement, check):
    """A row on a window outside of any epoch."""
    return (f"Win.{call}", WINDOW, statement, check)


def passive(call, statement, check, setup="", flush="w.Flush(0)"):
    """A row within an epoch of Lock_all, completed by a flush."""
    setup = "; ".join(part for part in (WINDOW, "w.Lock_all(); at_end(w.Unlock_all)", setup) if part)
    return (f"Win.{call}", setup, f"{statement}; {flush}" if flush else statement, check)


STATEMENTS = [
    # name, setup, statement, check
    ("Win.Allocate + Free", "", "w = MPI.Win.Allocate(64, 8, comm=comm); w.Free()", FREED),
    ("Win.Allocate_shared + Free", "", "w = MPI.Win.Allocate_shared(64, 8, comm=comm); w.Free()", FREED),
    ("Win.Create + Free", "", "w = MPI.Win.Create(a, 8, comm=comm); w.Free()", FREED),
    ("Win.Create of nothing + Free", "", "w = MPI.Win.Create(None, comm=comm); w.Free()", FREED),
    (
        "Win.Attach + Put + Detach",
        "w = MPI.Win.Create_dynamic(comm=comm); at_end(w.Free); w.Lock_all(); at_end(w.Unlock_all);"
        " at = MPI.Get_address(b)",
        "w.Attach(b); w.Put(a, 0, at); w.Flush(0); w.Detach(b)",
        "(b == a).all()",
    ),
    # communication, and every way to name the target
    passive("Put", "w.Put(a, 0)", PUT),
    passive("Put at displ", "w.Put([a, 4], 0, 2)", "(m[2:6] == a[:4]).all() and m[6] == 1"),
    passive("Put at (displ, count)", "w.Put([a, 4], 0, (2, 4))", "(m[2:6] == a[:4]).all() and m[6] == 1"),
    passive(
        "Put [data, count, type] at [displ, count, type]",
        "w.Put([a, 4, MPI.DOUBLE], 0, [2, 4, MPI.DOUBLE])",
        "(m[2:6] == a[:4]).all() and m[6] == 1",
    ),
    passive("Put bytes", "w.Put(x, 0)", "m[:1].tobytes() == x", "x = b'12345678'"),
    passive("Put DLPack", "w.Put(x, 0)", PUT, "x = OnlyDLPack(a)"),
    passive("Put CUDA array interface", "w.Put(x, 0)", PUT, "x = OnlyCAI(a)"),
    passive("Put to nobody", "w.Put(a, MPI.PROC_NULL)", "(m == 1).all()", flush=""),
    passive("Get", "w.Get(b, 0)", GOT),
    passive("Get to bytearray", "w.Get([x, MPI.DOUBLE], 0)", "bytes(x) == m.tobytes()", "x = bytearray(64)"),
    passive("Accumulate", "w.Accumulate(a, 0)", "(m == a + 1).all()"),
    passive("Accumulate with op", "w.Accumulate(a, 0, op=MPI.MAX)", PUT),
    passive("Get_accumulate", "w.Get_accumulate(a, b, 0)", f"{GOT} and (m == a + 1).all()"),
    passive("Get_accumulate that only reads", "w.Get_accumulate(a, b, 0, op=MPI.NO_OP)", f"{GOT} and (m == 1).all()"),
    passive(
        "Fetch_and_op",
        "w.Fetch_and_op(x, y, 0, 3)",
        "y[0] == 1 and m[3] == 6 and m[4] == 1",
        "x, y = np.array([5.0]), np.zeros(1)",
    ),
    passive(
        "Fetch_and_op [data, type] with op",
        "w.Fetch_and_op([x, MPI.DOUBLE], [y, MPI.DOUBLE], 0, 3, MPI.REPLACE)",
        "y[0] == 1 and m[3] == 5 and m[4] == 1",
        "x, y = np.array([5.0]), np.zeros(1)",
    ),
    passive(
        "Compare_and_swap",
        "w.Compare_and_swap(x, y, z, 0, 3)",
        "z[0] == 7 and i[3] == 5 and i[4] == 7",
        "i = m.view('q'); i[:] = 7; x, y, z = np.array([[5], [7], [0]])",
    ),
    passive("Rput + Wait", "w.Rput(a, 0).Wait()", PUT),
    passive("Rget + Wait", "w.Rget(b, 0).Wait()", GOT, flush=""),
    passive("Raccumulate + Wait", "w.Raccumulate(a, 0).Wait()", "(m == a + 1).all()"),
    passive(
        "Rget_accumulate + Wait",
        "w.Rget_accumulate(a, b, 0).Wait()",
        f"{GOT} and (m == a + 1).all()",
    ),
    # synchronization
    window("Lock + Unlock", "w.Lock(0); w.Put(a, 0); w.Unlock(0)", PUT),
    window("Lock shared + Unlock", "w.Lock(0, MPI.LOCK_SHARED); w.Get(b, 0); w.Unlock(0)", GOT),
    window("Lock_all + Unlock_all", "w.Lock_all(); w.Put(a, 0); w.Unlock_all()", PUT),
    passive("Flush_all", "w.Put(a, 0)", PUT, flush="w.Flush_all()"),
    passive("Flush_local", "w.Get(b, 0)", GOT, flush="w.Flush_local(0)"),
    passive("Flush_local_all", "w.Get(b, 0)", GOT, flush="w.Flush_local_all()"),
    passive("Sync", "w.Sync()", "_ is None", flush=""),
    window("Fence", "w.Fence(); w.Put(a, 0); w.Fence(MPI.MODE_NOSUCCEED)", PUT),
    (
        "Win.Post + Start + Complete + Wait",
        f"{WINDOW}; g = comm.Get_group(); at_end(g.Free)",
        "w.Post(g); w.Start(g); w.Put(a, 0); w.Complete(); v = w.Wait()",
        f"v is True and {PUT}",
    ),
    (
        "Win.Post + Start + Complete + Test",
        f"{WINDOW}; g = comm.Get_group(); at_end(g.Free)",
        "w.Post(g); w.Start(g); w.Put(a, 0); w.Complete()\nwhile not w.Test(): pass",
        PUT,
    ),
    # the window itself
    window("tomemory", "w.tomemory()", "len(_) == 64 and bytes(_) == m.tobytes()"),
    (
        "Win.Shared_query",
        "w = MPI.Win.Allocate_shared(64, 8, comm=comm); at_end(w.Free)",
        "w.Shared_query(0)",
        "len(_[0]) == 64 and _[0].address == w.attrs[0] and _[1] == 8",
    ),
    window("attrs", "w.attrs", "_ == (m.ctypes.data, 64, 8)"),
    window("flavor", "w.flavor", "_ == MPI.WIN_FLAVOR_ALLOCATE"),
    window("model", "w.model", "_ in (MPI.WIN_UNIFIED, MPI.WIN_SEPARATE)"),
    window("Get_attr", "w.Get_attr(MPI.WIN_SIZE)", "_ == 64"),
    window("Get_group + Free", "g = w.Get_group(); n = g.Get_size(); g.Free()", "n == 1 and g == MPI.GROUP_NULL"),
    window("group_size", "w.group_size", "_ == 1"),
    window("Set_name + Get_name", "w.Set_name('name'); v = w.Get_name()", "v == 'name'"),
    window("__eq__", "w == MPI.WIN_NULL", "_ is False"),
]
