"""Going on after the failure of processes; here none fails."""

import array
import inspect

import pytest
from mpi4py import MPI


@pytest.fixture
def mine(comm):
    """A communicator that may be revoked."""
    mine = comm.Dup()
    yield mine
    mine.Free()


def flag_of(rank):
    return [0b0110, 0b0011][rank % 2]


def agreed(ranks):
    result = -1
    for rank in ranks:
        result &= flag_of(rank)
    return result


def test_signatures():
    assert str(inspect.signature(MPI.Comm.Ack_failed)) == "(self, /, num_to_ack=None)"
    assert list(inspect.signature(MPI.Comm.Agree).parameters) == ["self", "flag"]
    assert list(inspect.signature(MPI.Comm.Iagree).parameters) == ["self", "flag"]
    for name in ("Revoke", "Is_revoked", "Get_failed", "Shrink", "Ishrink"):
        assert list(inspect.signature(getattr(MPI.Comm, name)).parameters) == ["self"]


def test_nobody_has_failed(mine):
    group = mine.Get_failed()
    assert type(group) is MPI.Group
    assert group.Get_size() == 0
    group.Free()
    assert mine.Is_revoked() is False
    for arguments in ((), (None,), (0,), (1,)):
        assert mine.Ack_failed(*arguments) == 0


def test_agreement(mine):
    expected = agreed(range(mine.Get_size()))
    assert mine.Agree(flag_of(mine.Get_rank())) == expected
    assert mine.Agree(flag=True) == 1


def test_agreement_without_waiting(mine):
    flag = array.array("i", [flag_of(mine.Get_rank())])
    request = mine.Iagree(flag)
    assert type(request) is MPI.Request
    request.Wait()
    assert flag[0] == agreed(range(mine.Get_size()))


@pytest.mark.parametrize("wrong, error", [
    (array.array("i", [1, 2]), ValueError), (array.array("d", [1]), ValueError), (bytearray(4), ValueError),
    (bytes(4), BufferError), (None, TypeError), (3, TypeError),
])
def test_flag_of_an_agreement(mine, wrong, error):
    with pytest.raises(error):
        mine.Iagree(wrong)


@pytest.mark.ranks(2)
def test_agreement_between_two_groups(world):
    rank, size = world.Get_rank(), world.Get_size()
    part = world.Split(rank % 2, rank)
    inter = part.Create_intercomm(0, world, 1 - rank % 2)
    others = [other for other in range(size) if other % 2 != rank % 2]
    assert inter.Agree(flag_of(rank)) == agreed(others)
    flag = array.array("i", [flag_of(rank)])
    inter.Iagree(flag).Wait()
    assert flag[0] == agreed(others)
    assert type(shrunk := inter.Shrink()) is MPI.Intercomm
    assert shrunk.Get_remote_size() == len(others)
    for each in (shrunk, inter, part):
        each.Free()


def test_shrink(mine):
    shrunk = mine.Shrink()
    assert type(shrunk) is MPI.Intracomm
    assert mine.Compare(shrunk) == MPI.CONGRUENT
    assert shrunk.allgather(mine.Get_rank()) == list(range(mine.Get_size()))
    shrunk.Free()


def test_shrink_without_waiting(mine):
    shrunk, request = mine.Ishrink()
    request.Wait()
    assert type(shrunk) is MPI.Intracomm
    assert mine.Compare(shrunk) == MPI.CONGRUENT
    shrunk.Free()


def test_subclass_is_not_begotten():
    class Mine(MPI.Intracomm):
        pass

    shrunk = Mine(MPI.COMM_SELF).Shrink()
    assert type(shrunk) is MPI.Intracomm
    shrunk.Free()


@pytest.mark.optional("revocation")
def test_revoke(mine):
    mine.Revoke()
    assert mine.Is_revoked() is True
    with pytest.raises(MPI.Exception) as raised:
        mine.Barrier()
    assert raised.value.Get_error_class() == MPI.ERR_REVOKED


@pytest.mark.optional("revocation")
def test_going_on_after_a_revocation(mine):
    mine.Revoke()
    assert mine.Agree(flag_of(mine.Get_rank())) == agreed(range(mine.Get_size()))
    shrunk = mine.Shrink()
    assert shrunk.allgather(mine.Get_rank()) == list(range(mine.Get_size()))
    shrunk.Free()
    shrunk, request = mine.Ishrink()
    request.Wait()
    assert shrunk.allreduce(1) == mine.Get_size()
    shrunk.Free()
