"""What test_spawn.py starts with options of mpi4py.rc: what two processes exchange with these."""

import sys

import mpi4py

mpi4py.rc(**dict(word.split("=") for word in sys.argv[1:]))

from mpi4py import MPI  # noqa: E402 (the options come first)

world, parent = MPI.COMM_WORLD, MPI.Comm.Get_parent()
other, big = 1 - world.rank, bytes(1 << 18)

request = world.irecv(source=other)
world.send(big, other)
received = request.wait() == big
request = world.isend(world.rank, other)
received = received and world.recv() == other
request.wait()

reduced = world.allreduce([world.rank]), world.reduce([world.rank], root=1), world.scan([world.rank])
parent.gather((received, reduced, world.exscan([world.rank])), root=0)
parent.Disconnect()
