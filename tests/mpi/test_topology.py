"""What communicators of all topologies share: classes, conversions, duplicates."""

import ctypes
import inspect

import pytest
from mpi4py import MPI

WORLD, SELF = MPI.COMM_WORLD, MPI.COMM_SELF
CLASSES = [MPI.Cartcomm, MPI.Graphcomm, MPI.Distgraphcomm]


def cartesian(comm):
    return comm.Create_cart([comm.size], True)


def graph(comm):
    size = comm.size
    return comm.Create_graph(range(1, size + 1), [(rank + 1) % size for rank in range(size)])


def distributed(comm):
    return comm.Create_dist_graph_adjacent([(comm.rank - 1) % comm.size], [(comm.rank + 1) % comm.size])


MAKERS = {MPI.Cartcomm: cartesian, MPI.Graphcomm: graph, MPI.Distgraphcomm: distributed}
KINDS = {MPI.Cartcomm: MPI.CART, MPI.Graphcomm: MPI.GRAPH, MPI.Distgraphcomm: MPI.DIST_GRAPH}

each_class = pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)


@pytest.fixture
def topo(comm, cls):
    made = MAKERS[cls](comm)
    yield made
    if made != MPI.COMM_NULL:
        made.Free()


def test_classes():
    assert MPI.Topocomm.__base__ is MPI.Intracomm
    for cls in CLASSES:
        assert cls.__base__ is MPI.Topocomm
        assert cls.__module__ == "mpi4py.MPI"
        assert cls.__basicsize__ == MPI.Comm.__basicsize__


@each_class
def test_constructors_give_the_class(topo, cls):
    assert type(topo) is cls
    assert topo.topology == topo.Get_topology() == KINDS[cls]
    assert topo.is_topo is True
    assert topo.is_intra


def test_no_topology():
    for comm in (WORLD, SELF):
        assert comm.topology == comm.Get_topology() == MPI.UNDEFINED
        assert comm.is_topo is False
    with pytest.raises(MPI.Exception) as caught:
        MPI.COMM_NULL.Get_topology()
    assert caught.value.Get_error_class() == MPI.ERR_COMM


@each_class
def test_handles_give_the_class(topo, cls):
    for asked in (MPI.Comm, MPI.Intracomm, MPI.Intercomm, MPI.Topocomm, *CLASSES):
        other = asked.fromhandle(topo.handle)
        assert type(other) is cls
        assert other == topo
        assert type(asked.fromhandle(WORLD.handle)) is MPI.Intracomm
        assert type(asked.fromhandle(MPI.COMM_NULL.handle)) is MPI.Comm


@each_class
def test_c_function_gives_the_class(topo, cls):
    capsule = MPI.__pyx_capi__["PyMPIComm_New"]
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    handle = {4: ctypes.c_int, 8: ctypes.c_void_p}[MPI._sizeof(MPI.Comm)]
    new = ctypes.PYFUNCTYPE(ctypes.py_object, handle)(pointer(capsule, b"PyObject *(MPI_Comm)"))
    made = new(handle.from_address(MPI._addressof(topo)))
    assert type(made) is cls
    assert made == topo


@each_class
def test_duplicates_keep_the_class_and_topology(topo, cls):
    idup, request = topo.Idup()
    request.Wait()
    for dup in (topo.Dup(), topo.Clone(), topo.Dup_with_info(MPI.INFO_NULL), idup):
        assert type(dup) is cls
        assert dup.topology == KINDS[cls]
        assert dup.inoutedges == topo.inoutedges
        dup.Free()
        assert dup == MPI.COMM_NULL


def is_plain(part):
    """Whether it is an intracommunicator without topology; frees it."""
    found = type(part) is MPI.Intracomm and (not part or not part.is_topo)
    part.free()
    return found


@each_class
def test_parts_have_no_topology(topo, cls):
    group = topo.Get_group()
    for part in (topo.Split(), topo.Create(group), topo.Split(MPI.UNDEFINED)):
        assert is_plain(part)
    group.Free()


@each_class
def test_a_group_has_no_topology(topo, cls):
    group = topo.Get_group()
    assert is_plain(topo.Create_group(group))
    group.Free()


@each_class
def test_subclass(topo, cls):
    class Mine(cls):
        pass

    mine = Mine(topo)
    assert mine == topo
    mine.attribute = 1
    assert mine.degrees == topo.degrees
    dup = mine.Dup()
    assert type(dup) is Mine
    dup.Free()


@each_class
def test_conversions(topo, cls):
    for target in (MPI.Comm, MPI.Intracomm, MPI.Topocomm, cls):
        for source in (topo, MPI.Comm(topo)):
            made = target(source)
            assert type(made) is target
            assert made == topo
    for other in CLASSES:
        if other is not cls:
            with pytest.raises(TypeError, match="expecting a"):
                other(topo)
    assert cls() == cls(None) == cls(MPI.COMM_NULL) == cls(comm=MPI.Comm()) == MPI.COMM_NULL


def test_what_is_no_topology_communicator():
    for cls in (MPI.Topocomm, *CLASSES):
        for comm in (WORLD, MPI.Comm(SELF)):
            with pytest.raises(TypeError, match="expecting a topology communicator"):
                cls(comm)
        with pytest.raises(TypeError):
            cls(3)
    with pytest.raises(TypeError, match="expecting an intercommunicator"):
        MPI.Intercomm(WORLD)


@pytest.mark.ranks(2)
def test_an_intercommunicator_is_no_intracommunicator():
    local = WORLD.Split(WORLD.rank == 0)
    inter = local.Create_intercomm(0, WORLD, 1 if WORLD.rank == 0 else 0)
    assert inter.topology == MPI.UNDEFINED
    assert not inter.is_topo
    for cls in (MPI.Intracomm, MPI.Topocomm, *CLASSES):
        with pytest.raises(TypeError, match="expecting an intracommunicator"):
            cls(inter)
        assert type(cls.fromhandle(inter.handle)) is MPI.Intercomm
    inter.Free()
    local.Free()


def test_null_has_no_neighbors():
    for name in ("degrees", "indegree", "outdegree", "inoutedges", "inedges", "outedges"):
        with pytest.raises(TypeError, match="expecting a topology communicator"):
            getattr(MPI.Topocomm(), name)
        for cls in CLASSES:
            with pytest.raises(MPI.Exception) as caught:
                getattr(cls(), name)
            assert caught.value.Get_error_class() == MPI.ERR_COMM


@each_class
def test_neighbors(topo, cls):
    before, after = (topo.rank - 1) % topo.size, (topo.rank + 1) % topo.size
    if cls is MPI.Cartcomm:
        edges = [before, after], [before, after]
    elif cls is MPI.Graphcomm:
        edges = [after], [after]
    else:
        edges = [before], [after]
    assert topo.inoutedges == edges
    assert (topo.inedges, topo.outedges) == edges
    assert topo.degrees == (topo.indegree, topo.outdegree) == tuple(map(len, edges))


def test_signatures():
    for cls in (MPI.Topocomm, *CLASSES):
        assert str(inspect.signature(cls)) == "(comm=None)"
        assert cls.__doc__
        for name, member in vars(cls).items():
            if not name.startswith("_"):
                assert inspect.getdoc(member), name
    assert str(inspect.signature(MPI.Comm.Get_topology)) == "(self, /)"
