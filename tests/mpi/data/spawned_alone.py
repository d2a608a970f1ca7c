"""What test_spawn.py starts without a task: takes leave of its parent."""

from mpi4py import MPI

MPI.Comm.Get_parent().Disconnect()
