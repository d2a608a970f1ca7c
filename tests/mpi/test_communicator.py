"""Communicators: accessors, constructors, names, comparison, classes."""

import pytest

from mpi4py import MPI

WORLD, SELF = MPI.COMM_WORLD, MPI.COMM_SELF


def test_predefined():
    assert type(WORLD) is type(SELF) is MPI.Intracomm
    assert type(MPI.COMM_NULL) is MPI.Comm
    assert not MPI.COMM_NULL
    assert WORLD and SELF
    assert (SELF.rank, SELF.size) == (0, 1)
    assert (WORLD.Get_rank(), WORLD.Get_size()) == (WORLD.rank, WORLD.size)
    assert 0 <= WORLD.rank < WORLD.size


def test_kinds():
    assert WORLD.Is_intra() and WORLD.is_intra
    assert not WORLD.Is_inter() and not WORLD.is_inter


def test_group():
    group = WORLD.Get_group()
    assert (group.rank, group.size) == (WORLD.rank, WORLD.size)
    group.Free()
    assert WORLD.group.size == WORLD.size


def test_dup_and_compare():
    for dup in (WORLD.Dup(), WORLD.Clone(), WORLD.Dup(MPI.INFO_NULL), WORLD.Dup_with_info(MPI.INFO_NULL)):
        assert WORLD.Compare(dup) == MPI.CONGRUENT
        assert dup != WORLD
        assert dup.allreduce(1) == WORLD.size
        dup.Free()
        assert dup == MPI.COMM_NULL
        dup.free()
    assert WORLD.Compare(WORLD) == MPI.IDENT
    assert WORLD.Compare(SELF) == (MPI.CONGRUENT if WORLD.size == 1 else MPI.UNEQUAL)


def test_idup():
    dup, request = WORLD.Idup()
    request.Wait()
    assert WORLD.Compare(dup) == MPI.CONGRUENT
    dup.Free()


def test_split():
    part = WORLD.Split(WORLD.rank % 2, -WORLD.rank)
    members = [rank for rank in range(WORLD.size) if rank % 2 == WORLD.rank % 2][::-1]
    assert part.allgather(WORLD.rank) == members
    part.Free()
    assert WORLD.Split(MPI.UNDEFINED) == MPI.COMM_NULL
    shared = WORLD.Split_type(MPI.COMM_TYPE_SHARED)
    assert shared.size == WORLD.size  # tests run on one machine
    shared.Free()


def test_create_from_groups():
    group = WORLD.Get_group()
    first = group.Incl([0])
    for comm in (WORLD.Create(first), WORLD.Create_group(first, tag=5) if WORLD.rank == 0 else MPI.COMM_NULL):
        if WORLD.rank == 0:
            assert type(comm) is MPI.Intracomm
            assert comm.size == 1
            comm.Free()
        else:
            assert comm == MPI.COMM_NULL
    first.Free()
    group.Free()


def test_subclass_is_kept_by_dup_alone():
    class Mine(MPI.Intracomm):
        pass

    mine = Mine(WORLD)
    assert mine == WORLD
    mine.attribute = 1
    dup = mine.Dup()
    assert type(dup) is Mine
    assert type(mine.Split()) is MPI.Intracomm
    dup.Free()


def test_names():
    dup = WORLD.Dup()
    dup.Set_name("a name")
    assert dup.Get_name() == dup.name == "a name"
    dup.name = "ένα όνομα"
    assert dup.name == "ένα όνομα"
    dup.Free()
    assert WORLD.name == "MPI_COMM_WORLD"
    with pytest.raises(ValueError):
        WORLD.Set_name("nul\0inside")


@pytest.mark.ranks(2)
def test_intercomm():
    low = WORLD.rank == 0
    local = WORLD.Split(low)
    inter = local.Create_intercomm(0, WORLD, 1 if low else 0, tag=2)
    assert type(inter) is MPI.Intercomm
    assert inter.is_inter and not inter.is_intra
    assert inter.Get_remote_size() == inter.remote_size == (WORLD.size - 1 if low else 1)
    group = inter.Get_remote_group()
    assert group.size == inter.remote_size
    group.Free()
    merged = inter.Merge(high=not low)
    assert type(merged) is MPI.Intracomm
    assert (merged.size, merged.rank) == (WORLD.size, WORLD.rank)
    for comm in (merged, inter, local):
        comm.Free()


def test_disconnect():
    dup = WORLD.Dup()
    dup.Disconnect()
    assert dup == MPI.COMM_NULL


def test_errors_are_exceptions():
    with pytest.raises(MPI.Exception) as caught:
        MPI.COMM_NULL.Get_size()
    assert caught.value.Get_error_class() == MPI.ERR_COMM
    with pytest.raises(MPI.Exception):
        WORLD.Send(b"", WORLD.size + 5)
    with pytest.raises(TypeError):
        WORLD.Compare(None)
    with pytest.raises(AttributeError):
        WORLD.no_such_attribute = 1


def test_help_and_signatures():
    import inspect

    assert str(inspect.signature(MPI.Comm.Send)) == "(self, /, buf, dest, tag=0)"
    recv = inspect.signature(MPI.Comm.Recv)
    assert recv.parameters["source"].default == MPI.ANY_SOURCE
    assert "MPI 5.0, section 3.4" in MPI.Comm.Send.__doc__
    assert MPI.Comm.Send.__doc__.count("\n") > 1
