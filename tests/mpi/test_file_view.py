"""MPI.File: views, and positions in them."""

import numpy as np
import pytest
from mpi4py import MPI


def shown(file):
    """The view, as what can be compared; what it is made of is freed."""
    disp, etype, filetype, datarep = file.Get_view()
    found = (disp, etype.extent, filetype.size, filetype.extent, datarep)
    for datatype in (etype, filetype):
        assert isinstance(datatype, MPI.Datatype)
        datatype.free()
    return found


def test_view_of_a_new_file(file):
    assert shown(file) == (0, 1, 1, 1, "native")
    disp, etype, filetype, _datarep = file.Get_view()
    assert (disp, etype, filetype) == (0, MPI.BYTE, MPI.BYTE)


def test_elementary_datatype_alone(file):
    file.Set_view(4, MPI.INT)
    assert shown(file) == (4, 4, 4, 4, "native")
    file.Set_view()
    assert shown(file) == (0, 1, 1, 1, "native")
    file.Set_view(disp=8, etype=MPI.DOUBLE, filetype=None, datarep="native", info=MPI.INFO_NULL)
    assert shown(file) == (8, 8, 8, 8, "native")


@pytest.mark.parametrize("datarep", ["native", b"native", None])
def test_data_representation_by_name(file, datarep):
    file.Set_view(0, MPI.BYTE, None, datarep)
    assert shown(file)[-1] == "native"


def test_data_representation_that_is_none(file):
    with pytest.raises(MPI.Exception) as caught:
        file.Set_view(0, MPI.BYTE, None, "none of them")
    assert caught.value.Get_error_class() == MPI.ERR_UNSUPPORTED_DATAREP
    with pytest.raises(TypeError):
        file.Set_view(0, MPI.BYTE, None, 3)


def test_external32_is_big_endian(comm, file):
    rank = comm.Get_rank()
    file.Set_view(0, MPI.INT, None, "external32")
    assert shown(file) == (0, 4, 4, 4, "external32")
    file.Write_at(rank, np.array([rank + 1], "i4"))
    again = np.zeros(1, "i4")
    file.Read_at(rank, again)
    assert again[0] == rank + 1
    file.Set_view()
    found = bytearray(4)
    file.Read_at(4 * rank, found)
    assert found == bytes([0, 0, 0, rank + 1])


def test_processes_take_turns_in_a_file(comm, file):
    rank, size = comm.Get_rank(), comm.Get_size()
    mine = MPI.INT.Create_resized(0, 4 * size).Commit()
    file.Set_view(4 * rank, MPI.INT, mine)
    assert shown(file) == (4 * rank, 4, 4, 4 * size, "native")
    file.Write_all(np.array([rank, rank + 10, rank + 20], "i4"))
    assert file.Get_position() == 3
    assert file.Get_byte_offset(2) == 4 * rank + 8 * size
    file.Set_view(0, MPI.INT)
    found = np.zeros(3 * size, "i4")
    file.Read_all(found)
    assert found.tolist() == [turn + at for turn in (0, 10, 20) for at in range(size)]
    mine.Free()


def test_derived_datatypes_of_a_view_are_new_ones(file):
    pair = MPI.INT.Create_contiguous(2).Commit()
    spaced = pair.Create_vector(3, 1, 2).Commit()
    file.Set_view(16, pair, spaced)
    pair.Free()
    spaced.Free()
    _disp, etype, filetype, _datarep = file.Get_view()
    assert (etype.Get_size(), filetype.Get_size()) == (8, 24)
    etype.Free()
    filetype.Free()
    assert [file.Get_byte_offset(at) for at in range(4)] == [16, 32, 48, 56]
    file.Write(np.arange(6, dtype="i4"))
    assert file.Get_position() == 3
    file.Set_view(16, MPI.INT)
    for at, value in [(0, 0), (1, 1), (4, 2), (5, 3), (8, 4), (9, 5)]:
        found = np.zeros(1, "i4")
        file.Read_at(at, found)
        assert found[0] == value


def test_extent_in_the_file(file):
    assert file.Get_type_extent(MPI.DOUBLE) == 8
    spaced = MPI.INT.Create_resized(0, 12).Commit()
    assert file.Get_type_extent(datatype=spaced) == 12
    spaced.Free()
    with pytest.raises(TypeError):
        file.Get_type_extent(None)


def test_seek(comm, file):
    file.Set_size(64)
    comm.Barrier()
    file.Set_view(0, MPI.INT)
    assert file.Get_position() == 0
    file.Seek(3)
    assert file.Get_position() == 3
    file.Seek(whence=MPI.SEEK_CUR, offset=np.int64(2))
    assert file.Get_position() == 5
    file.Seek(-4, MPI.SEEK_CUR)
    assert file.Get_position() == 1
    file.Seek(-2, MPI.SEEK_END)
    assert file.Get_position() == 14
    with pytest.raises(MPI.Exception):
        file.Seek(-1)
    assert file.Get_position() == 14


def test_seek_shared(comm, file):
    file.Set_size(64)
    comm.Barrier()
    file.Set_view(0, MPI.INT)
    assert file.Get_position_shared() == 0
    comm.Barrier()
    file.Seek_shared(3)
    assert file.Get_position_shared() == 3
    comm.Barrier()
    file.Seek_shared(whence=MPI.SEEK_CUR, offset=2)
    assert file.Get_position_shared() == 5
    comm.Barrier()
    file.Seek_shared(-2, MPI.SEEK_END)
    assert file.Get_position_shared() == 14
    assert file.Get_position() == 0


def test_positions_beyond_32_bits(file):
    far = 5 << 30
    file.Seek(far)
    assert file.Get_position() == far
    assert file.Get_byte_offset(far + 1) == far + 1
    file.Set_view(far, MPI.DOUBLE)
    assert file.Get_byte_offset(far) == 9 * far
    with pytest.raises(OverflowError):
        file.Seek(1 << 70)


def test_displacement_current(comm, path):
    amode = MPI.MODE_CREATE | MPI.MODE_WRONLY | MPI.MODE_SEQUENTIAL
    file = MPI.File.Open(comm, path, amode)
    file.Write_ordered(b"ab")
    file.Set_view(MPI.DISPLACEMENT_CURRENT, MPI.BYTE)
    file.Write_ordered(b"cd")
    file.Close()
    comm.Barrier()
    with open(path, "rb") as stored:
        assert stored.read() == b"ab" * comm.Get_size() + b"cd" * comm.Get_size()
