"""How a message is described: every form, in a call that reads the description and moves nothing, a broadcast at one
rank. (A send to `PROC_NULL` would not even look at it.)"""


def described(name, setup, message):
    return (f"Bcast {name}", setup, f"comm.Bcast({message})", "_ is None")


STATEMENTS = [
    # what the memory is
    described("numpy", "", "a"),
    described("bytes", "m = b'12345678'", "m"),
    described("bytearray", "m = bytearray(8)", "m"),
    described("memoryview", "m = memoryview(bytearray(8))", "m"),
    described("array.array", "m = array('d', [1, 2])", "m"),
    described("MPI.buffer", "m = MPI.buffer.allocate(8)", "[m, MPI.BYTE]"),
    described("DLPack", "m = OnlyDLPack(a)", "m"),
    described("CUDA array interface", "m = OnlyCAI(a)", "m"),
    described("None", "", "[None, 0, MPI.BYTE]"),
    # what is said of it
    described("[data, type]", "", "[a, MPI.DOUBLE]"),
    described("[data, 'd']", "", "[a, 'd']"),
    described("[data, count]", "", "[a, 4]"),
    described("[data, count, type]", "", "[a, 4, MPI.DOUBLE]"),
    described("[data, (count, displ), type]", "", "[a, (4, 2), MPI.DOUBLE]"),
    described("[data, count, displ, type]", "", "[a, 4, 2, MPI.DOUBLE]"),
    described("float32 matrix", "m = np.ones((3, 4), 'f')", "m"),
    described("complex128", "m = np.ones(4, 'D')", "m"),
    described("int8", "m = np.ones(4, 'b')", "m"),
    described("read-only", "m = np.ones(8); m.flags.writeable = False", "m"),
    # and no description at all
    ("Send to nobody", "", "comm.Send(a, MPI.PROC_NULL)", "_ is None"),
    ("Send [data, count, type] to nobody", "", "comm.Send([a, 4, MPI.DOUBLE], MPI.PROC_NULL)", "_ is None"),
]
