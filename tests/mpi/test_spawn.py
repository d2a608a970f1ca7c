"""Processes that are started by the program."""

import os
import sys
from pathlib import Path

import pytest

from mpi4py import MPI

CHILD = str(Path(__file__).parent / "data" / "spawned.py")


def reports(comm, child):
    """What the children gather at the first of their parents, None at the others."""
    got = child.gather(None, root=MPI.ROOT if comm.rank == 0 else MPI.PROC_NULL)
    child.Disconnect()
    assert child == MPI.COMM_NULL
    return got


def test_nobody_started_this_process():
    parent = MPI.Comm.Get_parent()
    assert type(parent) is MPI.Intercomm
    assert parent == MPI.COMM_NULL


def test_wrong_arguments():
    comm, python = MPI.COMM_SELF, sys.executable
    for command in (None, 7, [python]):
        with pytest.raises(TypeError):
            comm.Spawn(command)
    for args in (7, [7], [None], [Path("x")]):
        with pytest.raises(TypeError):
            comm.Spawn(python, args)
    with pytest.raises(ValueError, match="null|nul"):
        comm.Spawn(python + "\0x")
    with pytest.raises(TypeError):
        comm.Spawn(python, errcodes=())
    with pytest.raises(ValueError, match="sequence of paths"):
        comm.Spawn_multiple(python)
    for wrong in ({"args": [["x"]]}, {"maxprocs": [1]}, {"info": [MPI.INFO_NULL]}):
        with pytest.raises(ValueError, match="expecting 2 items"):
            comm.Spawn_multiple([python, python], **wrong)
    for wrong in ({"args": 7}, {"maxprocs": ["x"]}, {"info": [7]}):
        with pytest.raises(TypeError):
            comm.Spawn_multiple([python], **wrong)
    with pytest.raises(MPI.Exception):
        comm.Spawn(python, root=1)


class TestChildren:
    """Processes that are started."""

    def test_spawn(self, comm):
        errcodes = ["old", "codes", "go"]
        child = comm.Spawn(sys.executable, [CHILD, "report", "two words", "-x"], maxprocs=2, errcodes=errcodes)
        assert type(child) is MPI.Intercomm
        assert (child.size, child.remote_size) == (comm.size, 2)
        assert errcodes == [MPI.SUCCESS] * 2
        got = reports(comm, child)
        if comm.rank == 0:
            assert got == [(rank, 2, ["two words", "-x"]) for rank in range(2)]

    @pytest.mark.parametrize("command", [Path(sys.executable), os.fsencode(sys.executable)], ids=["path", "bytes"])
    def test_what_a_command_can_be(self, world, command):
        got = reports(world, world.Spawn(command, (CHILD, b"report")))
        assert got == ([(0, 1, [])] if world.rank == 0 else None)

    def test_a_single_argument_as_text(self):
        script = Path(CHILD).with_name("spawned_alone.py")
        child = MPI.COMM_SELF.Spawn(sys.executable, str(script))
        child.Disconnect()

    def test_what_is_to_be_started_counts_at_the_root_alone(self, world):
        root, errcodes = world.size - 1, []
        if world.rank == root:
            child = world.Spawn(sys.executable, [CHILD, "report"], 1, MPI.INFO_NULL, root, errcodes)
            assert errcodes == [MPI.SUCCESS]
        else:
            child = world.Spawn(None, 7, 3, root=root, errcodes=errcodes)
            assert errcodes == [MPI.SUCCESS] * 3
        got = reports(world, child)
        assert got == ([(0, 1, [])] if world.rank == 0 else None)

    def test_spawn_multiple(self, world):
        errcodes = []
        child = world.Spawn_multiple(
            [sys.executable, Path(sys.executable)],
            [[CHILD, "report", "first"], (CHILD, "report", "second")],
            [1, 2],
            [MPI.INFO_NULL, MPI.INFO_NULL],
            errcodes=errcodes,
        )
        assert child.remote_size == 3
        assert errcodes == [[MPI.SUCCESS], [MPI.SUCCESS] * 2]
        got = reports(world, child)
        if world.rank == 0:
            assert got == [(0, 3, ["first"]), (1, 3, ["second"]), (2, 3, ["second"])]

    @pytest.mark.parametrize("maxprocs", [None, 1, (1, 1)])
    def test_how_many_of_each_program(self, maxprocs):
        command, args = (sys.executable, sys.executable), [[CHILD, "report"]] * 2
        child = MPI.COMM_SELF.Spawn_multiple(command, args, maxprocs, MPI.INFO_NULL)
        assert reports(MPI.COMM_SELF, child) == [(0, 2, []), (1, 2, [])]

    def test_several_count_at_the_root_alone(self, world):
        root, errcodes = world.size - 1, []
        if world.rank == root:
            child = world.Spawn_multiple([sys.executable], [[CHILD, "report"]], root=root, errcodes=errcodes)
            assert errcodes == [[MPI.SUCCESS]]
        else:
            child = world.Spawn_multiple(None, maxprocs="several", root=root, errcodes=errcodes)
            assert errcodes == []
        got = reports(world, child)
        assert got == ([(0, 1, [])] if world.rank == 0 else None)

    def test_reductions_between_parents_and_children(self, world):
        child = world.Spawn(sys.executable, [CHILD, "reduce"], maxprocs=2)
        children = ["child 0", "child 1"]
        parents = [f"parent {rank}" for rank in range(world.size)]
        assert child.allreduce([f"parent {world.rank}"]) == children
        got = child.reduce(None, root=MPI.ROOT if world.rank == 0 else MPI.PROC_NULL)
        assert got == (children if world.rank == 0 else None)
        both = child.Merge(high=False)
        assert both.allreduce([f"parent {world.rank}"]) == parents + children
        both.Free()
        child.Disconnect()

    def test_errors_at_the_parent_are_exceptions(self, world):
        assert reports(world, world.Spawn(sys.executable, [CHILD, "error"])) == ([True] if world.rank == 0 else None)
        child = world.Spawn(sys.executable, [CHILD, "report"])
        with pytest.raises(MPI.Exception) as caught:
            child.send("nobody", dest=1)
        assert caught.value.error_class == MPI.ERR_RANK
        reports(world, child)

    @pytest.mark.parametrize("options", [["recv_mprobe=no"], ["fast_reduce=no"], []], ids=["probe", "gather", "default"])
    def test_options_of_rc(self, world, options):
        script = Path(CHILD).with_name("spawned_options.py")
        child = world.Spawn(sys.executable, [str(script), "irecv_bufsz=300000", *options], maxprocs=2)
        got = reports(world, child)
        if world.rank == 0:
            assert got == [(True, ([0, 1], None, [0]), None), (True, ([0, 1], [0, 1], [0, 1]), [0])]
