"""What test_spawn.py starts: reports to its parent as it is told, and leaves."""

import sys

from mpi4py import MPI

task, *arguments = sys.argv[1:]
world, parent = MPI.COMM_WORLD, MPI.Comm.Get_parent()

if task == "report":
    parent.gather((world.rank, world.size, arguments), root=0)
elif task == "reduce":
    parent.allreduce([f"child {world.rank}"])
    parent.reduce([f"child {world.rank}"], root=0)
    both = parent.Merge(high=True)
    both.allreduce([f"child {world.rank}"])
    both.Free()
elif task == "error":
    try:
        parent.send("nobody", dest=parent.remote_size)
    except MPI.Exception as error:
        parent.gather(type(parent) is MPI.Intercomm and error.error_class == MPI.ERR_RANK, root=0)
parent.Disconnect()
