"""`Compute_dims`: processes spread over dimensions."""

import inspect
import math

import numpy as np
import pytest
from mpi4py import MPI


@pytest.mark.parametrize("nnodes, dims, wanted", [
    (1, 1, [1]),
    (4, 2, [2, 2]),
    (6, 2, [3, 2]),
    (12, 3, [3, 2, 2]),
    (7, 2, [7, 1]),
    (6, [0, 3], [2, 3]),
    (6, (3, 0), [3, 2]),
    (6, [3, 2], [3, 2]),
    (6, np.array([0, 0]), [3, 2]),
    (8, np.int64(3), [2, 2, 2]),
    (5, True, [5]),
])
def test_balanced(nnodes, dims, wanted):
    assert MPI.Compute_dims(nnodes, dims) == wanted


@pytest.mark.parametrize("dims", [1, 2, 3])
@pytest.mark.parametrize("nnodes", range(1, 9))
def test_lengths_multiply_to_the_number_of_processes(nnodes, dims):
    lengths = MPI.Compute_dims(nnodes=nnodes, dims=dims)
    assert len(lengths) == dims
    assert math.prod(lengths) == nnodes
    assert lengths == sorted(lengths, reverse=True)


def test_the_callers_list_is_not_changed():
    dims = [0, 2]
    assert MPI.Compute_dims(4, dims) == [2, 2]
    assert dims == [0, 2]


def test_errors():
    with pytest.raises(MPI.Exception):
        MPI.Compute_dims(6, [4, 0])
    with pytest.raises(ValueError):
        MPI.Compute_dims(6, -1)
    for dims in (None, "ab", [0.5], 2.0):
        with pytest.raises(TypeError):
            MPI.Compute_dims(6, dims)
    with pytest.raises(OverflowError):
        MPI.Compute_dims(6, [1 << 40])


def test_signature():
    assert str(inspect.signature(MPI.Compute_dims)) == "(nnodes, dims)"
    assert "section 8.5.2" in MPI.Compute_dims.__doc__
