"""MPI.Win: windows, their memory, and what they say of themselves."""

import gc
import inspect
import pickle
import weakref

import numpy as np
import pytest
from mpi4py import MPI

UNIT = 8


def created(comm, **options):
    return MPI.Win.Create(np.zeros(4), UNIT, comm=comm, **options)


def allocated(comm, **options):
    return MPI.Win.Allocate(32, UNIT, comm=comm, **options)


def shared(comm, **options):
    return MPI.Win.Allocate_shared(32, UNIT, comm=comm, **options)


def dynamic(comm, **options):
    return MPI.Win.Create_dynamic(comm=comm, **options)


FLAVORS = {
    created: MPI.WIN_FLAVOR_CREATE,
    allocated: MPI.WIN_FLAVOR_ALLOCATE,
    shared: MPI.WIN_FLAVOR_SHARED,
    dynamic: MPI.WIN_FLAVOR_DYNAMIC,
}

# Those over memory that is made elsewhere have "created" in their names: not every library can always make them.
NAMES = {created: "created", allocated: "allocated", shared: "shared", dynamic: "created-dynamic"}

of_each_flavor = pytest.mark.parametrize("make", FLAVORS, ids=NAMES.get)
with_memory = pytest.mark.parametrize("make", [created, allocated, shared], ids=NAMES.get)


@pytest.fixture
def making(comm):
    """Makes windows, and frees them in the end."""
    windows = []

    def make(constructor, *arguments, **options):
        windows.append(constructor(*arguments, **{"comm": comm, **options}))
        return windows[-1]

    yield make
    for win in windows:
        win.free()


# Creation and release


@of_each_flavor
def test_a_new_window(making, make):
    win = making(make)
    assert type(win) is MPI.Win
    assert win
    assert win != MPI.WIN_NULL
    assert win.flavor == FLAVORS[make]
    assert win.model in (MPI.WIN_SEPARATE, MPI.WIN_UNIFIED)
    win.Free()
    assert not win
    assert win == MPI.WIN_NULL
    win.free()
    with pytest.raises(MPI.Exception):
        win.Free()


def test_constants():
    assert len({MPI.WIN_FLAVOR_CREATE, MPI.WIN_FLAVOR_ALLOCATE, MPI.WIN_FLAVOR_SHARED, MPI.WIN_FLAVOR_DYNAMIC}) == 4
    assert MPI.WIN_SEPARATE != MPI.WIN_UNIFIED
    assert MPI.LOCK_EXCLUSIVE != MPI.LOCK_SHARED
    names = ("WIN_BASE", "WIN_SIZE", "WIN_DISP_UNIT", "WIN_CREATE_FLAVOR", "WIN_MODEL")
    assert len({getattr(MPI, name) for name in names}) == len(names)
    modes = [MPI.MODE_NOCHECK, MPI.MODE_NOSTORE, MPI.MODE_NOPUT, MPI.MODE_NOPRECEDE, MPI.MODE_NOSUCCEED]
    assert len(set(modes)) == len(modes)
    assert all(mode & (mode - 1) == 0 for mode in modes)


def test_what_a_window_keeps_is_collected():
    class Cycle(MPI.Win):
        pass

    win = Cycle()
    win.myself = win
    reference = weakref.ref(win)
    del win
    gc.collect()
    assert reference() is None


def test_default_communicator():
    for win in (MPI.Win.Allocate(8), MPI.Win.Allocate_shared(8)):
        assert win.group_size == 1
        win.Free()


@pytest.mark.parametrize("comm", [None, MPI.COMM_NULL, MPI.Comm(MPI.COMM_SELF), MPI.GROUP_EMPTY, 0])
def test_windows_are_of_intracommunicators(comm):
    for call in (
        lambda: MPI.Win.Create(None, comm=comm),
        lambda: MPI.Win.Allocate(8, comm=comm),
        lambda: MPI.Win.Allocate_shared(8, comm=comm),
        lambda: MPI.Win.Create_dynamic(comm=comm),
    ):
        with pytest.raises(TypeError):
            call()


@pytest.mark.parametrize("unit", [0, -1])
def test_displacement_unit_is_positive(unit):
    with pytest.raises(MPI.Exception):
        MPI.Win.Create(bytearray(8), unit)


@pytest.mark.parametrize("call", [MPI.Win.Allocate, MPI.Win.Allocate_shared])
def test_size_is_not_negative(call):
    with pytest.raises(MPI.Exception):
        call(-1)


@of_each_flavor
def test_hints(making, make):
    info = MPI.Info.Create({"no_locks": "true"})
    win = making(make, info=info)
    found = win.Get_info()
    assert type(found) is MPI.Info
    assert found.Get("no_locks") in (None, "true")
    win.Set_info(info)
    win.info = info
    again = win.info
    assert again.Get("no_locks") in (None, "true")
    for each in (found, again, info):
        each.Free()
    for wrong in (None, {"no_locks": "true"}):
        with pytest.raises(TypeError):
            win.Set_info(wrong)
    with pytest.raises(AttributeError):
        del win.info


class Subclass(MPI.Win):
    """A window with attributes, that no constructor of MPI initializes."""

    def __init__(self, *_arguments):
        raise AssertionError("called")


@of_each_flavor
def test_subclass(making, make, monkeypatch):
    monkeypatch.setattr(MPI, "Win", Subclass)
    win = making(make)
    assert type(win) is Subclass
    win.mine = 1
    assert win.flavor == FLAVORS[make]


def test_null():
    null = MPI.WIN_NULL
    assert null.name == null.Get_name() == "MPI_WIN_NULL"
    for name in ("attrs", "flavor", "model", "group", "group_size", "group_rank", "info"):
        with pytest.raises(MPI.Exception):
            getattr(null, name)
    for call in (null.tomemory, lambda: memoryview(null), null.Free, null.Fence, null.Sync, lambda: null.Lock(0)):
        with pytest.raises(MPI.Exception):
            call()
    assert null == MPI.Win()


@of_each_flavor
def test_handle(making, make):
    win = making(make)
    for twin in (MPI.Win(win), MPI.Win.fromhandle(win.handle)):
        assert type(twin) is MPI.Win
        assert twin == win
        assert twin is not win
        assert twin.flavor == FLAVORS[make]
        assert len(twin.tomemory()) == len(win.tomemory())
    with pytest.raises(ValueError, match="cannot serialize"):
        pickle.dumps(win)


def test_handles_of_other_languages(making):
    win = making(allocated)
    assert MPI.Win.f2py(win.py2f()) == win
    assert MPI.Win.fromint(win.toint()) == win


# What a window says of itself


@of_each_flavor
def test_group(making, comm, make):
    win = making(make)
    for group in (win.Get_group(), win.group):
        mine = comm.Get_group()
        assert type(group) is MPI.Group
        assert MPI.Group.Compare(group, mine) == MPI.IDENT
        group.Free()
        mine.Free()
    assert (win.group_rank, win.group_size) == (comm.Get_rank(), comm.Get_size())


def test_name(making):
    win = making(allocated)
    win.Set_name("a window")
    assert win.Get_name() == win.name == "a window"
    win.name = "ein Fenster für alle"
    assert win.name == "ein Fenster für alle"
    win.Set_name(b"bytes")
    assert win.name == "bytes"
    win.name = ""
    assert win.name == ""
    for wrong, error in ((3, TypeError), ("a\0b", ValueError)):
        with pytest.raises(error):
            win.name = wrong


@with_memory
def test_attributes(making, make):
    win = making(make)
    base, size, unit = win.attrs
    assert base != 0
    assert (size, unit) == (32, UNIT)
    assert base == MPI.Get_address(win.tomemory())


def test_attributes_are_of_each_process(making, comm):
    rank = comm.Get_rank()
    for call in (MPI.Win.Allocate, MPI.Win.Allocate_shared):
        win = making(call, 16 * (rank + 1), 2**rank)
        assert win.attrs[1:] == (16 * (rank + 1), 2**rank)


def test_attributes_are_read_only():
    win = MPI.Win()
    for name in ("attrs", "flavor", "model", "group", "group_rank", "group_size"):
        with pytest.raises(AttributeError):
            setattr(win, name, 0)


@with_memory
def test_memory(making, make):
    win = making(make)
    memory = win.tomemory()
    assert type(memory) is MPI.buffer
    assert (memory.nbytes, memory.itemsize, memory.format, memory.readonly) == (32, 1, "B", False)
    assert memory.address == win.attrs[0]
    assert memory.obj is win
    memory[:] = bytes(range(32))
    assert win.tomemory().tobytes() == bytes(range(32))
    assert (np.frombuffer(memory, "B") == np.arange(32)).all()
    with memoryview(win) as view:
        assert (view.nbytes, view.format, view.readonly) == (32, "B", False)
        view[0] = 7
    assert memory[0] == 7


def test_memory_holds_the_object(making):
    memory = making(allocated).tomemory()
    gc.collect()
    assert memory.obj.flavor == MPI.WIN_FLAVOR_ALLOCATE


def test_empty_memory(making):
    for make in (MPI.Win.Allocate, MPI.Win.Allocate_shared):
        assert len(making(make, 0).tomemory()) == 0


# Shared windows


def test_shared_memory(making, comm):
    rank, size = comm.Get_rank(), comm.Get_size()
    win = making(MPI.Win.Allocate_shared, 8 * (rank + 1), 8)
    mine = np.frombuffer(win.tomemory())

    def meet():
        win.Sync()
        comm.Barrier()
        win.Sync()

    win.Lock_all(MPI.MODE_NOCHECK)
    mine[:] = rank + 1
    meet()
    for other in range(size):
        memory, unit = win.Shared_query(other)
        assert type(memory) is MPI.buffer
        assert (memory.nbytes, unit, memory.readonly) == (8 * (other + 1), 8, False)
        assert memory.obj is win
        assert np.frombuffer(memory).tolist() == [other + 1] * (other + 1)
    meet()
    # Written by a neighbour, seen at home.
    neighbour, _unit = win.Shared_query((rank + 1) % size)
    np.frombuffer(neighbour)[0] = -1
    meet()
    assert mine[0] == -1
    win.Unlock_all()


def test_shared_memory_of_no_process_is_the_first(making, comm):
    win = making(MPI.Win.Allocate_shared, 8 if comm.Get_rank() == comm.Get_size() - 1 else 0, 1)
    memory, unit = win.Shared_query(MPI.PROC_NULL)
    last, _unit = win.Shared_query(comm.Get_size() - 1)
    assert (memory.address, memory.nbytes, unit) == (last.address, 8, 1)


def test_shared_query_of_an_unknown_process(making):
    with pytest.raises(MPI.Exception):
        making(shared).Shared_query(1000)


# Errors


def test_errors_in_a_window_are_raised(making, comm):
    win = making(allocated)
    win.Fence()
    with pytest.raises(MPI.Exception) as caught:
        win.Put(np.zeros(1), comm.Get_size() + 7)
    assert caught.value.Get_error_class() == MPI.ERR_RANK
    win.Fence()


def test_signatures():
    for name, signature in {
        "Create": "(memory, disp_unit=1, info=Ellipsis, comm=Ellipsis)",
        "Allocate": "(size, disp_unit=1, info=Ellipsis, comm=Ellipsis)",
        "Allocate_shared": "(size, disp_unit=1, info=Ellipsis, comm=Ellipsis)",
        "Create_dynamic": "(info=Ellipsis, comm=Ellipsis)",
        "Attach": "(self, /, memory)",
        "Detach": "(self, /, memory)",
        "Shared_query": "(self, /, rank)",
        "Set_info": "(self, /, info)",
        "Set_name": "(self, /, name)",
    }.items():
        function = getattr(MPI.Win, name)
        assert str(inspect.signature(function)) == signature
        assert inspect.getdoc(function)
    for name in ("Free", "free", "tomemory", "Get_group", "Get_info", "Get_name"):
        assert list(inspect.signature(getattr(MPI.Win, name)).parameters) == ["self"]
