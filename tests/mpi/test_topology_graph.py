"""Processes on a graph that all of them know, and on one of which each knows a part."""

import inspect

import numpy as np
import pytest
from mpi4py import MPI

WORLD, SELF = MPI.COMM_WORLD, MPI.COMM_SELF


def star(size):
    """Node 0 has an edge to itself and both ways with each other node: `index` and `edges`."""
    neighbors = [list(range(size))] + [[0]] * (size - 1)
    index, edges = [], []
    for node in neighbors:
        edges += node
        index.append(len(edges))
    return neighbors, index, edges


@pytest.fixture
def graph(comm):
    _, index, edges = star(comm.size)
    made = comm.Create_graph(index, edges)
    yield made
    made.Free()


def test_graph(comm, graph):
    neighbors, index, edges = star(comm.size)
    assert graph.Get_dims() == graph.dims == (graph.nnodes, graph.nedges) == (comm.size, len(edges))
    assert graph.Get_topo() == graph.topo == (graph.index, graph.edges) == (index, edges)
    for rank in range(comm.size):
        assert graph.Get_neighbors_count(rank) == len(neighbors[rank])
        assert graph.Get_neighbors(rank=rank) == neighbors[rank]
    mine = neighbors[graph.rank]
    assert (graph.nneighbors, graph.neighbors) == (len(mine), mine)
    assert graph.inoutedges == (mine, mine)
    assert graph.degrees == (len(mine), len(mine))


def test_index_with_a_leading_zero(comm):
    _, index, edges = star(comm.size)
    for given in ([0, *index], (0, *index), np.array([0, *index])):
        graph = comm.Create_graph(given, np.array(edges), reorder=True)
        assert graph.topo == (index, edges)
        graph.Free()
        assert comm.Graph_map(given, edges) in range(comm.size)


@pytest.mark.ranks(2)
def test_processes_beyond_the_nodes_get_null():
    graph = WORLD.Create_graph(index=[1], edges=[0])
    assert type(graph) is MPI.Graphcomm
    if WORLD.rank == 0:
        assert graph.topo == ([1], [0])
        graph.Free()
    assert graph == MPI.COMM_NULL


@pytest.mark.ranks(2)
def test_map_of_processes_beyond_the_nodes():
    assert WORLD.Graph_map(index=[1], edges=[0]) == (0 if WORLD.rank == 0 else MPI.UNDEFINED)


def test_map(comm):
    _, index, edges = star(comm.size)
    assert sorted(comm.allgather(comm.Graph_map(index, edges))) == list(range(comm.size))


def test_graph_errors(graph):
    with pytest.raises(MPI.Exception):
        graph.Get_neighbors(-1)
    for get in (lambda null: null.topo, lambda null: null.neighbors, lambda null: null.Get_neighbors_count(0)):
        with pytest.raises(MPI.Exception) as caught:
            get(MPI.Graphcomm())
        assert caught.value.Get_error_class() == MPI.ERR_COMM
    for index, edges in ((1, [0]), ([1], None), ([1], 0), ("1", [0]), ([1.0], [0])):
        with pytest.raises(TypeError):
            SELF.Create_graph(index, edges)
    with pytest.raises(MPI.Exception):
        SELF.Create_graph([1, 2], [0, 0])


def ring(comm):
    return (comm.rank - 1) % comm.size, (comm.rank + 1) % comm.size


@pytest.mark.parametrize("weights", [{}, {"sourceweights": None}, {"destweights": MPI.UNWEIGHTED}])
def test_adjacent(comm, weights):
    before, after = ring(comm)
    for sources, destinations in (([before], [after]), ((before,), np.array([after]))):
        graph = comm.Create_dist_graph_adjacent(sources, destinations, **weights)
        assert type(graph) is MPI.Distgraphcomm
        assert graph.Get_dist_neighbors_count() == (1, 1, False)
        assert graph.Get_dist_neighbors() == ([before], [after], None)
        assert graph.inoutedges == ([before], [after])
        assert graph.degrees == (1, 1)
        graph.Free()


def test_adjacent_with_weights(comm):
    before, after = ring(comm)
    graph = comm.Create_dist_graph_adjacent(
        [before], [after], sourceweights=(3 + before,), destweights=np.array([3 + comm.rank]), info=MPI.INFO_NULL,
        reorder=False,
    )
    assert graph.Get_dist_neighbors_count() == (1, 1, True)
    assert graph.Get_dist_neighbors() == ([before], [after], ([3 + before], [3 + comm.rank]))
    graph.Free()


def test_one_way(comm):
    # All send to rank 0, which sends nothing.
    sources = list(range(1, comm.size)) if comm.rank == 0 else None
    destinations = None if comm.rank == 0 else [0]
    graph = comm.Create_dist_graph_adjacent(sources, destinations)
    assert graph.inoutedges == (sources or [], destinations or [])
    assert graph.Get_dist_neighbors() == (sources or [], destinations or [], None)
    graph.Free()


@pytest.mark.parametrize("empty", [[], (), MPI.WEIGHTS_EMPTY], ids=["list", "tuple", "WEIGHTS_EMPTY"])
def test_weights_of_no_edges(comm, empty):
    graph = comm.Create_dist_graph_adjacent([], [], empty, empty)
    assert graph.Get_dist_neighbors_count() == (0, 0, True)
    assert graph.Get_dist_neighbors() == ([], [], ([], []))
    graph.Free()
    graph = comm.Create_dist_graph([], [], [], empty)
    assert graph.Get_dist_neighbors() == ([], [], ([], []))
    graph.Free()


def test_no_edges(comm):
    for graph in (comm.Create_dist_graph_adjacent(None, None), comm.Create_dist_graph([], [], [])):
        assert graph.Get_dist_neighbors_count() == (0, 0, False)
        assert graph.inoutedges == ([], [])
        graph.Free()


@pytest.mark.parametrize("weights", [None, MPI.UNWEIGHTED])
def test_dist_graph(comm, weights):
    # Rank 0 alone says it all: a ring, and an edge from each to itself.
    size = comm.size
    sources = list(range(size)) if comm.rank == 0 else []
    destinations = [node for rank in sources for node in (rank, (rank + 1) % size)]
    graph = comm.Create_dist_graph(sources, [2] * len(sources), destinations, weights)
    before, after = ring(comm)
    incoming, outgoing, none = graph.Get_dist_neighbors()
    assert none is None
    assert sorted(incoming) == sorted([comm.rank, before])
    assert sorted(outgoing) == sorted([comm.rank, after])
    assert graph.degrees == (2, 2)
    assert graph.Get_dist_neighbors_count() == (2, 2, False)
    graph.Free()


def test_dist_graph_with_weights(comm):
    # Each says what leaves the one before.
    before, after = ring(comm)
    for kind in (list, tuple, np.array):
        graph = comm.Create_dist_graph(kind([before]), kind([1]), kind([comm.rank]), weights=kind([10 + before]))
        assert graph.Get_dist_neighbors() == ([before], [after], ([10 + before], [10 + comm.rank]))
        graph.Free()


def test_dist_graph_errors():
    for arguments in (
        ([0], [1, 2], [0]), ([0], [1], [0, 0]), ([0], [2], [0]), ([0], [-1], [0]), ([0], [1], [0], []),
        ([0], [1], [0], [1, 2]), ([], [], [], [1]), ([0], [1], [0], MPI.WEIGHTS_EMPTY),
    ):
        with pytest.raises(ValueError):
            SELF.Create_dist_graph(*arguments)
    for arguments in ((0, [1], [0]), ([0], 1, [0]), ([0], [1], 0), (None, [], []), ([0], [1], [0], True)):
        with pytest.raises(TypeError):
            SELF.Create_dist_graph(*arguments)
    with pytest.raises(ValueError, match="empty weights but nonzero degree"):
        SELF.Create_dist_graph_adjacent([0], [0], [1], MPI.WEIGHTS_EMPTY)
    with pytest.raises(ValueError, match="expecting 1 items, got 2"):
        SELF.Create_dist_graph_adjacent([0], [0], [1, 2], [1])
    with pytest.raises(TypeError):
        SELF.Create_dist_graph_adjacent([0], [0], 5, 5)
    with pytest.raises(MPI.Exception) as caught:
        MPI.Distgraphcomm().Get_dist_neighbors()
    assert caught.value.Get_error_class() == MPI.ERR_COMM


def test_weights_are_told_by_value():
    assert type(MPI.UNWEIGHTED) is type(MPI.WEIGHTS_EMPTY) is int
    assert MPI.UNWEIGHTED != MPI.WEIGHTS_EMPTY
    graph = SELF.Create_dist_graph_adjacent([0], [0], int(str(MPI.UNWEIGHTED)), int(str(MPI.UNWEIGHTED)))
    assert graph.Get_dist_neighbors() == ([0], [0], None)
    graph.Free()


def test_signatures():
    def parameters(name):
        return {
            name: parameter.default
            for name, parameter in inspect.signature(getattr(MPI.Intracomm, name)).parameters.items()
        }

    assert parameters("Create_graph")["reorder"] is False
    assert list(parameters("Graph_map")) == ["self", "index", "edges"]
    assert list(parameters("Create_dist_graph")) == [
        "self", "sources", "degrees", "destinations", "weights", "info", "reorder"
    ]
    adjacent = parameters("Create_dist_graph_adjacent")
    assert list(adjacent) == [
        "self", "sources", "destinations", "sourceweights", "destweights", "info", "reorder"
    ]
    assert adjacent["sourceweights"] is adjacent["destweights"] is None
    assert adjacent["reorder"] is False
