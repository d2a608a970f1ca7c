"""How a message is described: every form, in a call that moves nothing (a send to nobody) or next to nothing."""

NOBODY = "MPI.PROC_NULL"


def send(name, setup, message):
    return (f"Send {name}", setup, f"comm.Send({message}, {NOBODY})", "_ is None")


STATEMENTS = [
    # what the memory is
    send("numpy", "", "a"),
    send("bytes", "m = b'12345678'", "m"),
    send("bytearray", "m = bytearray(8)", "m"),
    send("memoryview", "m = memoryview(bytearray(8))", "m"),
    send("array.array", "m = array('d', [1, 2])", "m"),
    send("MPI.buffer", "m = MPI.buffer.allocate(8)", "[m, MPI.BYTE]"),
    send("DLPack", "m = OnlyDLPack(a)", "m"),
    send("CUDA array interface", "m = OnlyCAI(a)", "m"),
    send("None", "", "[None, 0, MPI.BYTE]"),
    # what is said of it
    send("[data]", "", "[a]"),
    send("[data, type]", "", "[a, MPI.DOUBLE]"),
    send("[data, 'd']", "", "[a, 'd']"),
    send("[data, count]", "", "[a, 4]"),
    send("[data, count, type]", "", "[a, 4, MPI.DOUBLE]"),
    send("[data, (count, displ), type]", "", "[a, (4, 2), MPI.DOUBLE]"),
    send("[data, count, displ, type]", "", "[a, 4, 2, MPI.DOUBLE]"),
    send("float32 matrix", "m = np.ones((3, 4), 'f')", "m"),
    send("complex128", "m = np.ones(4, 'D')", "m"),
    send("int8", "m = np.ones(4, 'b')", "m"),
    # Bcast at one rank: the same, on the collective path
    ("Bcast numpy", "", "comm.Bcast(a)", "_ is None"),
    ("Bcast [data, count, displ, type]", "", "comm.Bcast([a, 4, 2, MPI.DOUBLE])", "_ is None"),
    ("Bcast DLPack", "m = OnlyDLPack(a)", "comm.Bcast(m)", "_ is None"),
    ("Bcast CUDA array interface", "m = OnlyCAI(a)", "comm.Bcast(m)", "_ is None"),
]
