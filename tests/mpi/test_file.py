"""MPI.File: opening and closing, and what is asked of a file as a whole."""

import gc
import inspect
import os
import pathlib
import pickle
import weakref

import numpy as np
import pytest
from mpi4py import MPI

CREATE = MPI.MODE_CREATE | MPI.MODE_RDWR
MISSING = MPI.ERR_NO_SUCH_FILE


def error_class(call, *args):
    with pytest.raises(MPI.Exception) as caught:
        call(*args)
    return caught.value.Get_error_class()


def there(comm, path):
    """Whether the file is there, when all ranks of `comm` have come here."""
    comm.Barrier()
    answer = os.path.exists(path)
    comm.Barrier()
    return answer


def test_new_is_null():
    assert MPI.File() == MPI.FILE_NULL
    assert not MPI.FILE_NULL
    assert MPI.File(file=MPI.FILE_NULL) == MPI.FILE_NULL


@pytest.mark.parametrize("named", [str, os.fsencode, pathlib.Path], ids=["str", "bytes", "path-like"])
def test_open_and_close(comm, path, named):
    file = MPI.File.Open(comm, named(path), CREATE)
    assert type(file) is MPI.File
    assert file
    assert file != MPI.FILE_NULL
    assert there(comm, path)
    file.Close()
    assert not file
    assert file == MPI.FILE_NULL
    comm.Barrier()
    if comm.Get_rank() == 0:
        MPI.File.Delete(named(path))
    assert not there(comm, path)


def test_name_that_is_no_text(comm, path):
    name = os.fsencode(path) + b"\xff"
    file = MPI.File.Open(comm, os.fsdecode(name), CREATE | MPI.MODE_DELETE_ON_CLOSE)
    assert there(comm, name)
    file.Close()
    assert not there(comm, name)


@pytest.mark.parametrize("name, error", [(None, TypeError), (3, TypeError), (["name"], TypeError), ("a\0b", ValueError)])
def test_no_name(comm, name, error):
    with pytest.raises(error):
        MPI.File.Open(comm, name)
    with pytest.raises(error):
        MPI.File.Delete(name)


@pytest.mark.parametrize("comm_", [None, MPI.COMM_NULL, MPI.Comm(MPI.COMM_SELF), MPI.Intercomm(), "world"])
def test_only_intracommunicators_open_files(path, comm_):
    with pytest.raises(TypeError):
        MPI.File.Open(comm_, path)


def test_null_communicator(path):
    assert error_class(MPI.File.Open, MPI.Intracomm(), path) == MPI.ERR_COMM


def test_opens_to_read_unless_told_otherwise(comm, path):
    assert error_class(MPI.File.Open, comm, path) == MISSING
    MPI.File.Open(comm, path, CREATE).Close()
    file = MPI.File.Open(comm=comm, filename=path)
    assert file.Get_amode() == file.amode == MPI.MODE_RDONLY
    with pytest.raises(MPI.Exception):
        file.Write_at(0, b"x")
    file.Close()


@pytest.mark.parametrize("amode", [MPI.MODE_WRONLY, MPI.MODE_RDWR, MPI.MODE_RDWR | MPI.MODE_UNIQUE_OPEN])
def test_access_mode(comm, path, amode):
    file = MPI.File.Open(comm, path, amode | MPI.MODE_CREATE)
    assert file.Get_amode() == file.amode == amode | MPI.MODE_CREATE
    file.Close()


def test_exclusive_creation(comm, path):
    MPI.File.Open(comm, path, CREATE).Close()
    comm.Barrier()
    assert error_class(MPI.File.Open, comm, path, CREATE | MPI.MODE_EXCL) == MPI.ERR_FILE_EXISTS


def test_info(comm, path):
    info = MPI.Info.Create({"cb_buffer_size": "65536"})
    file = MPI.File.Open(comm, path, CREATE, info)
    file.Set_info(info)
    file.info = info
    for hints in (file.Get_info(), file.info):
        assert hints != MPI.INFO_NULL
        assert all(isinstance(value, str) for value in hints.values())
        # A library may ignore hints.
        assert hints.get("cb_buffer_size", "65536") == "65536"
        hints.Free()
    for bad in (None, {"a": "b"}, 3):
        with pytest.raises(TypeError):
            file.Set_info(bad)
        with pytest.raises(TypeError):
            file.info = bad
    file.Close()
    comm.Barrier()
    if comm.Get_rank() == 0:
        MPI.File.Delete(path, info)
    info.Free()


def test_delete(path):
    assert error_class(MPI.File.Delete, path + "-missing") == MISSING


def test_size(comm, file):
    assert file.Get_size() == file.size == 0
    comm.Barrier()
    file.Set_size(100)
    assert file.Get_size() == file.size == 100
    comm.Barrier()
    file.Set_size(size=3)
    assert file.size == 3
    comm.Barrier()
    file.Preallocate(50)
    assert file.size >= 50
    with pytest.raises(AttributeError):
        file.size = 4


def test_size_beyond_32_bits(comm, file):
    size = 5 << 30
    file.Set_size(size)
    assert file.Get_size() == size
    comm.Barrier()
    file.Set_size(0)


def test_group(comm, file):
    group = file.Get_group()
    same = file.group
    mine = comm.Get_group()
    assert MPI.Group.Compare(group, mine) == MPI.Group.Compare(same, mine) == MPI.IDENT
    assert (file.group_rank, file.group_size) == (comm.Get_rank(), comm.Get_size())
    for made in (group, same, mine):
        made.Free()


def test_atomicity(comm, file):
    assert file.Get_atomicity() is file.atomicity is False
    file.Set_atomicity(True)
    assert file.Get_atomicity() is file.atomicity is True
    file.atomicity = []
    assert file.atomicity is False
    file.Set_atomicity(flag="yes")
    assert file.atomicity is True
    # With it, what one process has written is there for the next one.
    rank, size = comm.Get_rank(), comm.Get_size()
    file.Write_at(rank, bytes([rank + 1]))
    comm.Barrier()
    found = bytearray(size)
    file.Read_at(0, found)
    assert found == bytes(range(1, size + 1))


def test_sync_shows_what_others_wrote(comm, file):
    rank, size = comm.Get_rank(), comm.Get_size()
    file.Write_at(rank, bytes([rank + 1]))
    file.Sync()
    comm.Barrier()
    file.Sync()
    found = bytearray(size)
    file.Read_at(0, found)
    assert found == bytes(range(1, size + 1))


def test_handles(file):
    assert MPI.File(file) == file
    assert MPI.File.fromhandle(file.handle) == file
    assert MPI.File.fromint(file.toint()) == file
    assert MPI.File.f2py(file.py2f()) == file
    assert type(MPI.File.fromhandle(file.handle)) is MPI.File
    again = MPI.File(file)
    assert again.Get_amode() == CREATE


def test_pickles_by_name_only(file):
    assert pickle.loads(pickle.dumps(MPI.FILE_NULL)) is MPI.FILE_NULL
    with pytest.raises(ValueError):
        pickle.dumps(file)


def test_subclass_begets_its_own(comm, path):
    class Mine(MPI.File):
        def __init__(self):
            raise AssertionError("not called")

    file = Mine.Open(comm, path, CREATE)
    assert type(file) is Mine
    assert file
    file.Close()


def test_weak_references(comm, path):
    file = MPI.File.Open(comm, path, CREATE)
    gone = weakref.ref(file)
    assert gone() is file
    file.Close()
    del file
    gc.collect()
    assert gone() is None


def test_free(comm, path):
    file = MPI.File.Open(comm, path, CREATE)
    file.free()
    assert file == MPI.FILE_NULL
    file.free()
    MPI.FILE_NULL.free()


@pytest.mark.parametrize("call", [
    lambda null: null.Close(),
    lambda null: null.Get_size(),
    lambda null: null.Get_amode(),
    lambda null: null.Get_group(),
    lambda null: null.group_size,
    lambda null: null.Get_info(),
    lambda null: null.Set_size(0),
    lambda null: null.Preallocate(0),
    lambda null: null.Set_info(MPI.INFO_NULL),
    lambda null: null.info,
    lambda null: null.Set_atomicity(True),
    lambda null: null.atomicity,
    lambda null: null.Sync(),
    lambda null: null.Get_view(),
    lambda null: null.Get_type_extent(MPI.INT),
    lambda null: null.Get_position(),
    lambda null: null.Get_byte_offset(0),
    lambda null: null.Seek_shared(0),
    lambda null: null.Get_position_shared(),
    lambda null: null.Set_view(),
    lambda null: null.Seek(0),
    lambda null: null.Read(bytearray(1)),
    lambda null: null.Iwrite_at(0, b"x"),
    lambda null: null.Write_all_begin(b"x"),
])
def test_null_is_no_file(call):
    for null in (MPI.FILE_NULL, MPI.File()):
        assert error_class(call, null) == MPI.ERR_FILE
    assert MPI.FILE_NULL == MPI.File()


@pytest.mark.parametrize("name", ["amode", "group", "group_rank", "group_size", "handle", "size"])
def test_read_only_attributes(file, name):
    with pytest.raises(AttributeError):
        setattr(file, name, getattr(file, name))


@pytest.mark.parametrize("name, signature", [
    ("Open", "(comm, filename, amode=2, info=Ellipsis)"),
    ("Delete", "(filename, info=Ellipsis)"),
    ("Close", "(self, /)"),
    ("Set_size", "(self, /, size)"),
    ("Preallocate", "(self, /, size)"),
    ("Set_info", "(self, /, info)"),
    ("Set_atomicity", "(self, /, flag)"),
    ("Get_type_extent", "(self, /, datatype)"),
    ("Set_view", "(self, /, disp=0, etype=Ellipsis, filetype=None, datarep='native', info=Ellipsis)"),
    ("Seek", "(self, /, offset, whence=600)"),
    ("Seek_shared", "(self, /, offset, whence=600)"),
    ("Get_byte_offset", "(self, /, offset)"),
    ("Read_at", "(self, /, offset, buf, status=None)"),
    ("Iwrite_at_all", "(self, /, offset, buf)"),
    ("Write", "(self, /, buf, status=None)"),
    ("Read_ordered", "(self, /, buf, status=None)"),
    ("Iread_shared", "(self, /, buf)"),
    ("Write_at_all_begin", "(self, /, offset, buf)"),
    ("Write_at_all_end", "(self, /, buf, status=None)"),
    ("Read_ordered_begin", "(self, /, buf)"),
    ("Read_ordered_end", "(self, /, buf, status=None)"),
])
def test_signature(name, signature):
    method = getattr(MPI.File, name)
    assert str(inspect.signature(method)) == signature.replace("600", str(MPI.SEEK_SET)).replace(
        "amode=2", f"amode={MPI.MODE_RDONLY}")
    assert method.__doc__


def test_constants():
    modes = [getattr(MPI, f"MODE_{name}") for name in (
        "RDONLY WRONLY RDWR CREATE EXCL DELETE_ON_CLOSE UNIQUE_OPEN SEQUENTIAL APPEND".split())]
    assert len(set(modes)) == len(modes)
    assert np.bitwise_or.reduce(modes) == sum(modes)
    assert len({MPI.SEEK_SET, MPI.SEEK_CUR, MPI.SEEK_END}) == 3
    assert MPI.DISPLACEMENT_CURRENT == MPI.DISP_CUR
    assert MPI.MAX_DATAREP_STRING > 0
