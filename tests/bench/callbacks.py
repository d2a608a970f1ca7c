"""Functions of Python that MPI may call on any thread: operations and generalized requests.

The last table: once MPI was given one, our local calls release the GIL.
"""

STATEMENTS = [
    # name, setup, statement, check
    ("Grequest.Start + Complete + Wait", "", "r = MPI.Grequest.Start(); r.Complete(); v = r.Wait()", "v is True"),
    (
        "Op.Create + Free",
        "def add(x, y, t): pass",
        "o = MPI.Op.Create(add, commute=True); o.Free()",
        "o == MPI.OP_NULL",
    ),
    (
        "Op.Reduce_local in Python",
        "def add(x, y, t): np.frombuffer(y)[:] += np.frombuffer(x)\n"
        "o = MPI.Op.Create(add, commute=True); at_end(o.Free)",
        "o.Reduce_local(a, b)",
        "(b == a).all()",
    ),
]
