"""MPI.Exception, and what MPI says of error codes."""

import copy
import pickle

import pytest
from mpi4py import MPI


def raised(call):
    with pytest.raises(MPI.Exception) as caught:
        call()
    return caught.value


def test_class():
    assert issubclass(MPI.Exception, RuntimeError)
    assert MPI.Exception.__module__ == "mpi4py.MPI"
    assert MPI.Exception.__qualname__ == "Exception"


def test_default_is_success():
    nothing = MPI.Exception()
    assert int(nothing) == MPI.SUCCESS
    assert not nothing
    assert nothing.args == (MPI.SUCCESS,)
    assert nothing.error_string


def test_code():
    error = MPI.Exception(MPI.ERR_RANK)
    assert error
    assert error.args == (MPI.ERR_RANK,)
    assert int(error) == error.error_code == error.Get_error_code() == MPI.ERR_RANK
    assert error.error_class == error.Get_error_class() == MPI.ERR_RANK
    assert str(error) == error.error_string == error.Get_error_string() == MPI.Get_error_string(MPI.ERR_RANK)
    assert repr(error) == f"MPI.Exception({MPI.ERR_RANK})"


def test_negative_code_is_unknown():
    assert int(MPI.Exception(-1)) == MPI.ERR_UNKNOWN


@pytest.mark.parametrize("value", ["a", None, [], b"1"])
def test_code_is_an_integer(value):
    with pytest.raises(TypeError):
        MPI.Exception(value)


def test_code_fits_into_an_int():
    with pytest.raises(OverflowError):
        MPI.Exception(1 << 40)


def test_code_of_another_exception():
    assert MPI.Exception(MPI.Exception(MPI.ERR_TAG)) == MPI.ERR_TAG


def test_compares_as_its_code():
    low, high = MPI.Exception(1), MPI.Exception(2)
    assert low == 1 and 1 == low and low == MPI.Exception(1) and low == 1.0
    assert low != 2 and low != high and low != "1" and low != None  # noqa: E711 (that is the test)
    assert low < high and low < 2 and low <= 1 and high > low and high >= 2 and 0 < low
    with pytest.raises(TypeError):
        low < "2"  # noqa: B015


def test_hashes_as_its_code():
    assert hash(MPI.Exception(3)) == hash(3)
    assert {MPI.Exception(3), 3} == {3}


@pytest.mark.parametrize("operation", [
    lambda error: error + 1, lambda error: -error, lambda error: [1, 2, 3, 4][error], float,
])
def test_is_no_number(operation):
    with pytest.raises(TypeError):
        operation(MPI.Exception(1))


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))])
def test_copies(again):
    error = MPI.Exception(MPI.ERR_TYPE)
    error.note = "kept"
    other = again(error)
    assert type(other) is MPI.Exception
    assert other == error
    assert other.args == error.args
    assert other.note == "kept"


def test_properties_are_read_only():
    with pytest.raises(AttributeError):
        MPI.Exception(1).error_code = 2


def test_subclass():
    class Mine(MPI.Exception):
        def __init__(self, code, text):
            super().__init__(code)
            self.text = text

    mine = Mine(MPI.ERR_OP, "text")
    assert (int(mine), mine.args, mine.text) == (MPI.ERR_OP, (MPI.ERR_OP,), "text")


def test_raised_by_calls(comm):
    error = raised(lambda: comm.Send(b"", dest=comm.Get_size()))
    assert error.error_class == MPI.ERR_RANK
    assert error.Get_error_code() >= MPI.ERR_RANK
    assert "rank" in str(error).lower()


@pytest.mark.parametrize("call, classes", [
    (lambda: MPI.COMM_NULL.Get_size(), ["ERR_COMM"]),
    (lambda: MPI.DATATYPE_NULL.Get_size(), ["ERR_TYPE", "ERR_ARG"]),
    (lambda: MPI.INT.Create_contiguous(-1), ["ERR_COUNT", "ERR_ARG"]),
    (lambda: MPI.GROUP_NULL.Get_size(), ["ERR_GROUP"]),
    (lambda: MPI.OP_NULL.Is_commutative(), ["ERR_OP"]),
    (lambda: MPI.INFO_NULL.Set("key", "value"), ["ERR_INFO", "ERR_ARG"]),
    (lambda: MPI.COMM_SELF.Send([b"a", 1, MPI.DATATYPE_NULL], dest=0), ["ERR_TYPE"]),
])
def test_classes(call, classes):
    assert raised(call).error_class in {getattr(MPI, name) for name in classes}


def test_error_class_and_string():
    assert MPI.Get_error_class(MPI.SUCCESS) == MPI.SUCCESS
    assert MPI.Get_error_class(errorcode=MPI.ERR_COUNT) == MPI.ERR_COUNT
    assert MPI.Get_error_string(errorcode=MPI.ERR_COUNT)


def test_user_defined_errors():
    new_class = MPI.Add_error_class()
    code = MPI.Add_error_code(new_class)
    assert len({new_class, code, MPI.ERR_LASTCODE}) == 3
    assert MPI.Get_error_class(code) == new_class
    MPI.Add_error_string(new_class, "a class of mine")
    MPI.Add_error_string(code, "a code of mine: é")
    assert MPI.Get_error_string(new_class) == "a class of mine"
    assert str(MPI.Exception(code)) == "a code of mine: é"
    assert MPI.Exception(code).error_class == new_class


def test_user_defined_errors_want_text():
    with pytest.raises(TypeError):
        MPI.Add_error_string(MPI.Add_error_class(), 3)


@pytest.mark.optional("removing errors is MPI 4.1's")
def test_removing_user_defined_errors():
    new_class = MPI.Add_error_class()
    code = MPI.Add_error_code(new_class)
    MPI.Add_error_string(code, "text")
    MPI.Remove_error_string(code)
    MPI.Remove_error_code(code)
    MPI.Remove_error_class(new_class)
    raised(lambda: MPI.Remove_error_class(MPI.ERR_RANK))
