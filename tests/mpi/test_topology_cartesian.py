"""Processes on a grid."""

import inspect
import itertools
import math

import numpy as np
import pytest
from mpi4py import MPI

WORLD, SELF = MPI.COMM_WORLD, MPI.COMM_SELF


def grids(size):
    return [MPI.Compute_dims(size, dims) for dims in (1, 2, 3)]


@pytest.fixture(params=[0, 1, 2], ids=["line", "plane", "space"])
def dims(comm, request):
    return grids(comm.size)[request.param]


@pytest.fixture
def cart(comm, dims):
    made = comm.Create_cart(dims, periods=[axis % 2 == 0 for axis in range(len(dims))])
    yield made
    made.Free()


def test_attributes(cart, dims):
    assert cart.Get_dim() == cart.dim == cart.ndim == len(dims)
    assert cart.Get_topo() == cart.topo == (cart.dims, cart.periods, cart.coords)
    assert cart.dims == dims
    assert cart.periods == [1 - axis % 2 for axis in range(len(dims))]
    assert all(0 <= coord < length for coord, length in zip(cart.coords, dims))


def test_ranks_and_coordinates(cart, dims):
    assert cart.Get_coords(cart.rank) == cart.coords
    every = [cart.Get_coords(rank) for rank in range(cart.size)]
    # In the order of rows.
    assert every == [list(coords) for coords in itertools.product(*map(range, dims))]
    for rank, coords in enumerate(every):
        assert cart.Get_cart_rank(coords) == rank
        assert cart.Get_cart_rank(tuple(coords)) == rank
        assert cart.Get_cart_rank(coords=np.array(coords)) == rank
        # The first dimension is periodic.
        assert cart.Get_cart_rank([coords[0] - dims[0], *coords[1:]]) == rank


def test_shift(cart, dims):
    for axis, step in itertools.product(range(len(dims)), (-1, 1, 2)):
        def at(offset):
            coords = list(cart.coords)
            coords[axis] += offset
            if cart.periods[axis] or 0 <= coords[axis] < dims[axis]:
                coords[axis] %= dims[axis]
                return cart.Get_cart_rank(coords)
            return MPI.PROC_NULL

        assert cart.Shift(axis, step) == (at(-step), at(step))
        assert cart.Shift(direction=axis, disp=step) == cart.Shift(axis, step)


def test_edges_are_the_shifts(cart, dims):
    edges = [rank for axis in range(len(dims)) for rank in cart.Shift(axis, 1)]
    assert cart.inedges == cart.outedges == edges
    assert cart.inoutedges == (edges, edges)
    assert cart.degrees == (2 * len(dims), 2 * len(dims))


def test_sub(cart, dims):
    for remain in itertools.product([False, True], repeat=len(dims)):
        if any(remain):
            sub = cart.Sub(remain)
            assert type(sub) is MPI.Cartcomm
            kept = list(itertools.compress(zip(dims, cart.periods, cart.coords), remain))
            assert sub.size == math.prod(length for length, *_ in kept)
            assert list(zip(*sub.topo)) == kept
            sub.Free()


def test_sub_without_dimensions(cart, dims):
    # Each process is a grid of its own.
    sub = cart.Sub([False] * len(dims))
    assert type(sub) is MPI.Cartcomm
    assert sub != MPI.COMM_NULL
    assert (sub.size, sub.dim, sub.topo) == (1, 0, ([], [], []))
    assert (sub.inoutedges, sub.Get_coords(0), sub.Get_cart_rank([])) == (([], []), [], 0)
    sub.Free()


def test_sub_of_a_subclass_is_plain(cart):
    class Mine(MPI.Cartcomm):
        pass

    sub = Mine(cart).Sub(remain_dims=[1] * cart.dim)
    assert type(sub) is MPI.Cartcomm
    sub.Free()


@pytest.mark.parametrize("periods, wanted", [
    (None, [0, 0]),
    (False, [0, 0]),
    (True, [1, 1]),
    ([False, True], [0, 1]),
    ((1, 0), [1, 0]),
    (np.array([0, 1]), [0, 1]),
])
def test_periods(comm, periods, wanted):
    cart = comm.Create_cart([comm.size, 1], periods)
    assert cart.periods == wanted
    cart.Free()
    cart = comm.Create_cart(dims=np.array([1, comm.size]), periods=periods, reorder=1)
    assert cart.periods == wanted
    cart.Free()


@pytest.mark.ranks(2)
def test_processes_beyond_the_grid_get_null():
    cart = WORLD.Create_cart([1])
    assert type(cart) is MPI.Cartcomm
    if WORLD.rank == 0:
        assert cart.topo == ([1], [0], [0])
        cart.Free()
    assert cart == MPI.COMM_NULL


def test_communication_along_a_dimension():
    cart = WORLD.Create_cart([WORLD.size], [True])
    source, destination = cart.Shift(0, 1)
    got = np.full(2, -1)
    cart.Sendrecv(np.array([cart.rank, 7]), destination, recvbuf=got, source=source)
    assert list(got) == [(cart.rank - 1) % cart.size, 7]
    cart.Free()


def test_map(comm, dims):
    rank = comm.Cart_map(dims)
    assert sorted(comm.allgather(rank)) == list(range(comm.size))
    assert comm.Cart_map(dims=dims, periods=True) in range(comm.size)


@pytest.mark.ranks(2)
def test_map_of_processes_beyond_the_grid():
    assert WORLD.Cart_map([1]) == (0 if WORLD.rank == 0 else MPI.UNDEFINED)


def test_errors(cart):
    with pytest.raises(ValueError, match=f"expecting {cart.dim} items, got {cart.dim + 1}"):
        cart.Get_cart_rank([0] * (cart.dim + 1))
    for remain in ([], [True] * (cart.dim + 1)):
        with pytest.raises(ValueError):
            cart.Sub(remain)
    with pytest.raises(TypeError):
        cart.Get_cart_rank(0)
    with pytest.raises(TypeError):
        cart.Sub(True)
    with pytest.raises(MPI.Exception):
        cart.Get_coords(cart.size + 1)
    with pytest.raises(MPI.Exception):
        cart.Shift(-1, 1)


def test_errors_of_creation():
    with pytest.raises(MPI.Exception):
        SELF.Create_cart([2])
    with pytest.raises(ValueError, match="expecting 1 items, got 2"):
        SELF.Create_cart([1], [True, False])
    for dims in (1, None, "a", [1.5], iter([1])):
        with pytest.raises(TypeError):
            SELF.Create_cart(dims)
    for periods in (1, ["yes"], "y"):
        with pytest.raises(TypeError):
            SELF.Create_cart([1], periods)
    with pytest.raises(OverflowError):
        SELF.Create_cart([1 << 40])


def test_null():
    for get in (lambda null: null.dims, lambda null: null.Get_dim(), lambda null: null.Shift(0, 1),
                lambda null: null.Get_cart_rank([]), lambda null: null.Sub([])):
        with pytest.raises(MPI.Exception) as caught:
            get(MPI.Cartcomm())
        assert caught.value.Get_error_class() == MPI.ERR_COMM


def test_signatures():
    assert str(inspect.signature(MPI.Intracomm.Create_cart)) == "(self, /, dims, periods=None, reorder=False)"
    assert str(inspect.signature(MPI.Intracomm.Cart_map)) == "(self, /, dims, periods=None)"
    assert str(inspect.signature(MPI.Cartcomm.Shift)) == "(self, /, direction, disp)"
    assert str(inspect.signature(MPI.Cartcomm.Sub)) == "(self, /, remain_dims)"
