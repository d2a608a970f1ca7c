"""``BOTTOM``, ``IN_PLACE`` and ``BUFFER_AUTOMATIC``: addresses that are no memory."""

import pickle

import pytest
from mpi4py import MPI

SENTINELS = [MPI.BOTTOM, MPI.IN_PLACE, MPI.BUFFER_AUTOMATIC]


@pytest.fixture(params=SENTINELS, ids=repr)
def sentinel(request):
    return request.param


def test_is_like_its_number(sentinel):
    number = int(sentinel)
    assert sentinel == number
    assert sentinel != number + 1
    assert sentinel is not None and sentinel != None  # noqa: E711
    assert (hash(sentinel), bool(sentinel)) == (hash(number), bool(number))
    with pytest.raises(TypeError):
        sentinel + 1


def test_is_one_of_its_type(sentinel):
    assert type(sentinel)() == sentinel
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        copy = pickle.loads(pickle.dumps(sentinel, protocol))
        assert (type(copy), repr(copy)) == (type(sentinel), repr(sentinel))


def test_lends_no_bytes(sentinel):
    view = memoryview(sentinel)
    assert (view.nbytes, view.obj, view.readonly) == (0, None, False)
    assert MPI.Get_address(sentinel) == sentinel
    assert MPI.buffer(sentinel).address == int(sentinel) % (1 << 64)
    view.release()


@pytest.mark.parametrize("sentinel", SENTINELS[:2], ids=repr)
def test_is_no_empty_buffer_in_a_message(sentinel):
    # Its length says nothing of how much is meant.
    with pytest.raises(KeyError):
        MPI.COMM_SELF.Send([sentinel, 1], MPI.COMM_SELF.Get_rank())
