"""Two ranks: pickled objects of 8 bytes to 64 MB there and back again, plain and by ``mpi4py.util.pkl5``."""

from ping_pong import ping_pong

SIZES = {
    "8 B": 8,
    "1 KiB": 1 << 10,
    "32 KiB": 1 << 15,
    "256 KiB": 1 << 18,
    "1 MiB": 1 << 20,
    "8 MiB": 1 << 23,
    "64 MiB": 1 << 26,
}
WAYS = {"pickled": "c = comm", "pkl5": "from mpi4py.util.pkl5 import Intracomm; c = Intracomm(comm)"}

STATEMENTS = [
    ping_pong(
        f"{way}: send, recv of {text}",
        f"{setup}; a = np.arange({size}, dtype='u1')",
        "c.send(a, other)",
        "v = c.recv(source=other)",
        "(v == a).all()",
    )
    for way, setup in WAYS.items()
    for text, size in SIZES.items()
]
