"""MPI.File: reads and writes, in all of their forms."""

import gc
import weakref

import numpy as np
import pytest
from mpi4py import MPI

COUNT = 6
# The methods that read and write at one kind of place.
AT = ["{}_at", "{}_at_all", "I{}_at", "I{}_at_all", "{}_at_all_begin"]
OWN = ["{}", "{}_all", "I{}", "I{}_all", "{}_all_begin"]
SHARED = ["{}_shared", "I{}_shared"]
ORDERED = ["{}_ordered", "{}_ordered_begin"]
OPTIONAL = pytest.mark.optional("nonblocking collective access came with MPI 3.1")


def method(form, verb):
    return form.format(verb.lower() if form.startswith("I") else verb)


def forms(*lists):
    """Test parameters, those for what is optional marked so."""
    return pytest.mark.parametrize(
        "form",
        [pytest.param(form, marks=[OPTIONAL] if form.startswith("I") and form.endswith("_all") else [])
         for several in lists for form in several])


every = forms(AT, OWN, SHARED, ORDERED)
# What does not depend on how many ranks have the file open.
together = pytest.mark.parametrize("comm", ["world"], indirect=True)


def run(file, form, verb, *args):
    """Calls the method, and what completes it; returns how many bytes its status tells."""
    name, status = method(form, verb), MPI.Status()
    if form.startswith("I"):
        request = getattr(file, name)(*args)
        assert type(request) is MPI.Request
        request.Wait(status)
    elif form.endswith("_begin"):
        assert getattr(file, name)(*args) is None
        getattr(file, name.removesuffix("_begin") + "_end")(args[-1], status)
    else:
        assert getattr(file, name)(*args, status) is None
    return status.Get_count(MPI.BYTE)


def settle(comm, file):
    """From here on each rank sees what the others wrote."""
    file.Sync()
    comm.Barrier()
    file.Sync()


def values(rank):
    return np.arange(COUNT, dtype="i4") + 100 * (rank + 1)


def neighbor(comm):
    return (comm.Get_rank() + 1) % comm.Get_size()


@forms(AT)
def test_explicit_offset(comm, file, form):
    file.Set_view(0, MPI.INT)
    assert run(file, form, "Write", COUNT * comm.Get_rank(), values(comm.Get_rank())) == 4 * COUNT
    settle(comm, file)
    found, theirs = np.zeros(COUNT, "i4"), neighbor(comm)
    assert run(file, form, "Read", COUNT * theirs, found) == 4 * COUNT
    assert found.tolist() == values(theirs).tolist()
    assert file.Get_position() == 0


@forms(OWN)
def test_individual_pointer(comm, file, form):
    file.Set_view(0, MPI.INT)
    rank, theirs = comm.Get_rank(), neighbor(comm)
    file.Seek(COUNT * rank)
    assert run(file, form, "Write", values(rank)[:2]) == 8
    assert run(file, form, "Write", values(rank)[2:]) == 4 * COUNT - 8
    assert file.Get_position() == COUNT * (rank + 1)
    settle(comm, file)
    found = np.zeros(COUNT, "i4")
    file.Seek(COUNT * theirs)
    assert run(file, form, "Read", found) == 4 * COUNT
    assert found.tolist() == values(theirs).tolist()
    assert file.Get_position() == COUNT * (theirs + 1)


@forms(SHARED)
def test_shared_pointer(comm, file, form):
    file.Set_view(0, MPI.INT)
    everybody = sorted(values(rank).tolist() for rank in range(comm.Get_size()))
    assert run(file, form, "Write", values(comm.Get_rank())) == 4 * COUNT
    settle(comm, file)
    assert file.Get_position_shared() == COUNT * comm.Get_size()
    comm.Barrier()
    file.Seek_shared(0)
    # Each block comes in one piece, to somebody.
    found = np.zeros(COUNT, "i4")
    assert run(file, form, "Read", found) == 4 * COUNT
    assert sorted(comm.allgather(found.tolist())) == everybody
    assert file.Get_position() == 0


@forms(ORDERED)
def test_shared_pointer_by_rank(comm, file, form):
    file.Set_view(0, MPI.INT)
    rank, size = comm.Get_rank(), comm.Get_size()
    # Rank n writes n + 1 numbers.
    mine = values(rank)[:rank + 1]
    assert run(file, form, "Write", mine) == 4 * len(mine)
    settle(comm, file)
    assert file.Get_position_shared() == size * (size + 1) // 2
    comm.Barrier()
    file.Seek_shared(0)
    found = np.zeros_like(mine)
    assert run(file, form, "Read", found) == 4 * len(mine)
    assert found.tolist() == mine.tolist()
    everything = np.zeros(size * (size + 1) // 2, "i4")
    file.Read_at(0, everything)
    assert everything.tolist() == [value for turn in range(size) for value in values(turn)[:turn + 1]]


def arguments(form, buf):
    return (0, buf) if "_at" in form else (buf,)


# What is written, out of eight doubles, and how many of them that is.
SPECIFICATIONS = [
    (lambda a: a, slice(8)),
    (memoryview, slice(8)),
    (lambda a: [a, MPI.DOUBLE], slice(8)),
    (lambda a: (a, 3), slice(3)),
    (lambda a: [a, (3, 2)], slice(2, 5)),
    (lambda a: [a, 3, 2, MPI.DOUBLE], slice(2, 5)),
    (lambda a: [a, (3, 2), "d"], slice(2, 5)),
    (lambda a: [a, 24, 16, MPI.BYTE], slice(2, 5)),
    (lambda a: [None, MPI.DOUBLE], slice(0)),
    (lambda a: [a, 0], slice(0)),
]


@together
@pytest.mark.parametrize("make, part", SPECIFICATIONS)
def test_specifications(comm, file, make, part):
    rank = comm.Get_rank()
    numbers = np.arange(1.0, 9.0)
    status = MPI.Status()
    file.Write_at(64 * rank, make(numbers), status)
    assert status.Get_count(MPI.DOUBLE) == len(numbers[part])
    target, expected = np.zeros(8), np.zeros(8)
    expected[part] = numbers[part]
    file.Read_at(64 * rank, make(target), status)
    assert status.Get_count(MPI.DOUBLE) == len(numbers[part])
    assert target.tolist() == expected.tolist()


NO_SPECIFICATIONS = [
    (None, TypeError), (3, TypeError), ("text", TypeError), ([], ValueError), ([b""], ValueError),
    (MPI.BOTTOM, KeyError), ([None, 1, MPI.INT], ValueError), ([bytearray(7), MPI.INT], ValueError),
    ([bytearray(8), "zz"], KeyError), (np.zeros(8)[::2], BufferError),
]


@together
@every
def test_specifications_that_are_none(comm, file, form):
    for verb in ("Read", "Write"):
        call = getattr(file, method(form, verb))
        for spec, error in NO_SPECIFICATIONS:
            with pytest.raises(error):
                call(*arguments(form, spec))
            if form.endswith("_begin"):
                with pytest.raises(error):
                    getattr(file, call.__name__.removesuffix("begin") + "end")(spec)


@together
@every
def test_read_only_memory_is_written_and_not_read_into(comm, file, form):
    assert run(file, form, "Write", *arguments(form, b"1234")) == 4
    with pytest.raises(BufferError):
        getattr(file, method(form, "Read"))(*arguments(form, b"1234"))


@together
@every
def test_keywords(comm, file, form):
    buf = bytearray(4)
    keywords = {"buf": buf}
    if "_at" in form:
        keywords["offset"] = 0
    request = getattr(file, method(form, "Write"))(**keywords)
    if form.startswith("I"):
        request.Wait()
    elif form.endswith("_begin"):
        getattr(file, method(form, "Write").removesuffix("begin") + "end")(buf=buf, status=None)
    with pytest.raises(TypeError):
        getattr(file, method(form, "Write"))(**keywords, what=0)


@together
@forms(AT)
def test_offsets_that_are_none(comm, file, form):
    for offset, error in [("1", TypeError), (None, TypeError), (1 << 70, OverflowError)]:
        with pytest.raises(error):
            getattr(file, method(form, "Write"))(offset, b"x")


@together
def test_status_is_of_its_class(comm, file):
    for call in (file.Write, file.Read, file.Write_ordered):
        with pytest.raises(TypeError):
            call(bytearray(1), 3)


def test_end_of_file(comm, file):
    file.Set_size(10)
    comm.Barrier()
    found, status = bytearray(8), MPI.Status()
    for offset, count in [(0, 8), (6, 4), (10, 0), (1000, 0)]:
        file.Read_at(offset, found, status)
        assert status.Get_count(MPI.BYTE) == count
        assert status.count == count


def test_end_of_file_in_a_nonblocking_read(comm, file):
    file.Set_size(10)
    comm.Barrier()
    found, status = bytearray(8), MPI.Status()
    for offset, count in [(0, 8), (6, 4), (10, 0)]:
        file.Iread_at(offset, found).Wait(status)
        assert status.Get_count(MPI.BYTE) == count


@together
def test_far_away(comm, file):
    far = (5 << 30) + 16 * comm.Get_rank()
    file.Write_at(far, values(1)[:4])
    found = np.zeros(4, "i4")
    file.Read_at(far, found)
    assert found.tolist() == values(1)[:4].tolist()
    assert file.Get_size() >= 5 << 30
    comm.Barrier()
    file.Set_size(0)


def test_derived_datatypes_in_memory(comm, file):
    rank = comm.Get_rank()
    column = MPI.INT.Create_vector(3, 1, 4).Commit()
    matrix = np.arange(12, dtype="i4").reshape(3, 4)
    status = MPI.Status()
    file.Write_at_all(12 * rank, [matrix, 1, column], status)
    assert (status.Get_count(column), status.Get_elements(MPI.INT)) == (1, 3)
    found = np.zeros(3, "i4")
    file.Read_at_all(12 * rank, found)
    assert found.tolist() == [0, 4, 8]
    target = np.zeros((3, 4), "i4")
    request = file.Iread_at(12 * rank, [target, 1, column])
    column.Free()
    request.Wait()
    assert target[:, 0].tolist() == [0, 4, 8]
    assert not target[:, 1:].any()


def kept():
    """An array, and what tells whether it is still there."""
    array = values(0)
    return array, weakref.ref(array)


@together
@pytest.mark.parametrize("form", [form for form in AT + OWN + SHARED if form.startswith("I") and form[-4:] != "_all"])
def test_requests_keep_what_they_need(comm, file, form):
    array, gone = kept()
    request = getattr(file, method(form, "Write"))(*arguments(form, array))
    del array
    gc.collect()
    assert gone() is not None
    request.Wait()
    gc.collect()
    assert gone() is None


@together
@pytest.mark.parametrize("form", [form for form in AT + OWN + ORDERED if form.endswith("_begin")])
@pytest.mark.parametrize("verb", ["Read", "Write"])
def test_split_access_keeps_what_it_needs(comm, file, form, verb):
    # Something to read, at each place.
    file.Set_size(1000)
    comm.Barrier()
    other = np.zeros(COUNT, "i4")
    begin, end = (getattr(file, method(form, verb).removesuffix("begin") + which) for which in ("begin", "end"))
    for _ in range(2):
        array, gone = kept()
        begin(*arguments(form, array))
        again = MPI.File(file)
        del array
        gc.collect()
        assert gone() is not None
        # Another object with the same handle ends it as well.
        getattr(again, end.__name__)(other)
        gc.collect()
        assert gone() is None


def test_split_access_of_several_files(comm, path):
    files = [MPI.File.Open(comm, f"{path}{n}", MPI.MODE_CREATE | MPI.MODE_RDWR) for n in range(3)]
    arrays = [kept() for _ in files]
    for file, (array, _gone) in zip(files, arrays, strict=True):
        file.Write_all_begin(array)
    gone = [there for _array, there in arrays]
    del arrays, array
    for n in (1, 0, 2):
        gc.collect()
        assert gone[n]() is not None
        files[n].Write_all_end(values(0))
        gc.collect()
        assert gone[n]() is None
    for file in files:
        file.Close()


def test_split_access_that_does_not_begin_keeps_nothing(comm, file):
    first, there = kept()
    second, gone = kept()
    file.Write_all_begin(first)
    with pytest.raises(MPI.Exception):
        file.Write_all_begin(second)
    del first, second
    gc.collect()
    assert gone() is None
    assert there() is not None
    file.Write_all_end(values(0))
