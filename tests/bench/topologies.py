"""Topologies at one rank, which is its own neighbor, and the collectives among neighbors."""

CART = "t = comm.Create_cart([1, 1], [True, False]); at_end(t.Free)"
GRAPH = "t = comm.Create_graph([2], [0, 0]); at_end(t.Free)"
# One edge from the rank to itself.
EDGE = "t = comm.Create_dist_graph_adjacent([0], [0]); at_end(t.Free)"
WEIGHED = "t = comm.Create_dist_graph_adjacent([0], [0], [3], [4]); at_end(t.Free)"
SAME = "(b == a).all()"
HALF = "(b[2:6] == a[:4]).all() and b[6] == 0"
FREED = "t == MPI.COMM_NULL"
W = "x = [MPI.DOUBLE]"


def edge(call, statement, check=SAME, setup=""):
    """A row among neighbors."""
    return (call, f"{EDGE}; {setup}" if setup else EDGE, statement, check)


def persistent(call, send="a", receive="b", check=SAME, setup=""):
    setup = f"{EDGE}; {setup + '; ' if setup else ''}p = t.{call}_init({send}, {receive}); at_end(p.Free)"
    return (f"{call}_init: Start + Wait", setup, "p.Start(); p.Wait()", check)


STATEMENTS = [
    # name, setup, statement, check
    ("Create_cart + Free", "", "t = comm.Create_cart([1, 1]); t.Free()", FREED),
    ("Create_cart with periods + Free", "", "t = comm.Create_cart((1, 1), (True, False), False); t.Free()", FREED),
    ("Create_graph + Free", "", "t = comm.Create_graph([1], [0]); t.Free()", FREED),
    ("Create_dist_graph + Free", "", "t = comm.Create_dist_graph([0], [1], [0]); t.Free()", FREED),
    ("Create_dist_graph_adjacent + Free", "", "t = comm.Create_dist_graph_adjacent([0], [0]); t.Free()", FREED),
    (
        "Create_dist_graph_adjacent with weights + Free",
        "",
        "t = comm.Create_dist_graph_adjacent([0], [0], [3], [4]); t.Free()",
        FREED,
    ),
    ("Cart_map", "", "comm.Cart_map([1, 1], [True, False])", "_ == 0"),
    ("Graph_map", "", "comm.Graph_map([1], [0])", "_ == 0"),
    ("Compute_dims", "", "MPI.Compute_dims(12, 2)", "_ == [4, 3]"),
    ("Compute_dims with one given", "", "MPI.Compute_dims(12, [0, 2])", "_ == [6, 2]"),
    ("Get_topology", CART, "t.Get_topology()", "_ == MPI.CART"),
    # Cartesian
    ("Cartcomm.Get_topo", CART, "t.Get_topo()", "_ == ([1, 1], [True, False], [0, 0])"),
    ("Cartcomm.Get_dim", CART, "t.Get_dim()", "_ == 2"),
    ("Cartcomm.dims", CART, "t.dims", "_ == [1, 1]"),
    ("Cartcomm.Get_coords", CART, "t.Get_coords(0)", "_ == [0, 0]"),
    ("Cartcomm.coords", CART, "t.coords", "_ == [0, 0]"),
    ("Cartcomm.Get_cart_rank", CART, "t.Get_cart_rank([5, 0])", "_ == 0"),
    ("Cartcomm.Shift", CART, "t.Shift(0, 1), t.Shift(1, 1)", "_ == ((0, 0), (MPI.PROC_NULL, MPI.PROC_NULL))"),
    ("Cartcomm.Sub + Free", CART, "u = t.Sub([True, False]); n = u.Get_dim(); u.Free()", "n == 1"),
    ("Cartcomm.inedges", CART, "t.inedges", "_ == [0, 0, MPI.PROC_NULL, MPI.PROC_NULL]"),
    # graphs
    ("Graphcomm.Get_dims", GRAPH, "t.Get_dims()", "_ == (1, 2)"),
    ("Graphcomm.Get_topo", GRAPH, "t.Get_topo()", "_ == ([2], [0, 0])"),
    ("Graphcomm.Get_neighbors", GRAPH, "t.Get_neighbors(0)", "_ == [0, 0]"),
    ("Graphcomm.Get_neighbors_count", GRAPH, "t.Get_neighbors_count(0)", "_ == 2"),
    ("Distgraphcomm.Get_dist_neighbors", EDGE, "t.Get_dist_neighbors()", "_ == ([0], [0], None)"),
    (
        "Distgraphcomm.Get_dist_neighbors with weights",
        WEIGHED,
        "t.Get_dist_neighbors()",
        "_ == ([0], [0], ([3], [4]))",
    ),
    ("Distgraphcomm.Get_dist_neighbors_count", WEIGHED, "t.Get_dist_neighbors_count()", "_ == (1, 1, True)"),
    ("Distgraphcomm.inoutedges", EDGE, "t.inoutedges", "_ == ([0], [0])"),
    # neighborhood collectives
    edge("Neighbor_allgather", "t.Neighbor_allgather(a, b)"),
    edge("Neighbor_allgather [data, type]", "t.Neighbor_allgather([a, MPI.DOUBLE], [b, MPI.DOUBLE])"),
    (
        "Neighbor_allgather on a grid",
        f"{CART}; x = np.zeros((4, 8))",
        "t.Neighbor_allgather(a, x)",
        "(x[:2] == a).all() and (x[2:] == 0).all()",
    ),
    edge("Neighbor_allgatherv", "t.Neighbor_allgatherv([a, 4], [b, [4], [2], MPI.DOUBLE])", HALF),
    edge("Neighbor_alltoall", "t.Neighbor_alltoall(a, b)"),
    edge("Neighbor_alltoallv", "t.Neighbor_alltoallv([a, [8]], [b, [8]])"),
    edge(
        "Neighbor_alltoallv [data, (counts, displs), type]",
        "t.Neighbor_alltoallv([a, ([4], [0]), MPI.DOUBLE], [b, ([4], [2]), MPI.DOUBLE])",
        HALF,
    ),
    edge("Neighbor_alltoallw", "t.Neighbor_alltoallw([a, ([4], [0]), x], [b, ([4], [16]), x])", HALF, W),
    edge("neighbor_allgather", "t.neighbor_allgather('x')", "_ == ['x']"),
    edge("neighbor_alltoall", "t.neighbor_alltoall([{'k': 1}])", "_ == [{'k': 1}]"),
    edge("Ineighbor_allgather + Wait", "t.Ineighbor_allgather(a, b).Wait()"),
    edge("Ineighbor_allgatherv + Wait", "t.Ineighbor_allgatherv([a, 4], [b, [4], [2], MPI.DOUBLE]).Wait()", HALF),
    edge("Ineighbor_alltoall + Wait", "t.Ineighbor_alltoall(a, b).Wait()"),
    edge("Ineighbor_alltoallv + Wait", "t.Ineighbor_alltoallv([a, [8]], [b, [8]]).Wait()"),
    edge("Neighbor_alltoall_init + Free", "p = t.Neighbor_alltoall_init(a, b); p.Free()", "p == MPI.REQUEST_NULL"),
    persistent("Neighbor_allgather"),
    persistent("Neighbor_allgatherv", "[a, 4]", "[b, [4], [2], MPI.DOUBLE]", HALF),
    persistent("Neighbor_alltoall"),
    persistent("Neighbor_alltoallv", "[a, [8]]", "[b, [8]]"),
    persistent("Neighbor_alltoallw", "[a, ([4], [0]), x]", "[b, ([4], [16]), x]", HALF, W),
]
