"""MPI.Group."""

import copy
import inspect
import pickle

import pytest
from mpi4py import MPI


@pytest.fixture
def group(comm):
    group = comm.Get_group()
    yield group
    group.free()


def freed(group):
    """The size of a group that is not needed any more."""
    size = group.Get_size()
    group.free()
    return size


def test_new_is_null():
    assert MPI.Group() == MPI.GROUP_NULL
    assert not MPI.Group()
    assert MPI.Group(MPI.GROUP_EMPTY) == MPI.Group(group=MPI.GROUP_EMPTY) == MPI.GROUP_EMPTY
    with pytest.raises(TypeError):
        MPI.Group(3)


def test_empty():
    assert MPI.GROUP_EMPTY
    assert MPI.GROUP_EMPTY.size == 0
    assert MPI.GROUP_EMPTY.rank == MPI.UNDEFINED


def test_size_and_rank(comm, group):
    assert group.size == group.Get_size() == comm.Get_size()
    assert group.rank == group.Get_rank() == comm.Get_rank()


def test_size_is_read_only(group):
    with pytest.raises(AttributeError):
        group.size = 3


def test_translate_ranks(group):
    all_ranks = list(range(group.size))
    assert group.Translate_ranks() == all_ranks
    assert group.Translate_ranks(all_ranks) == all_ranks
    assert group.Translate_ranks(ranks=range(group.size), group=group) == all_ranks
    assert group.Translate_ranks(None, MPI.GROUP_EMPTY) == [MPI.UNDEFINED] * group.size
    assert group.Translate_ranks([MPI.PROC_NULL], group) == [MPI.PROC_NULL]
    assert group.Translate_ranks([], group) == []


def test_translate_ranks_reversed(group):
    backwards = group.Incl(range(group.size)[::-1])
    assert group.Translate_ranks(group=backwards) == list(range(group.size))[::-1]
    backwards.Free()


@pytest.mark.parametrize("ranks", [3, [0.5], ["0"], iter([0])])
def test_translate_ranks_wants_a_sequence_of_integers(group, ranks):
    with pytest.raises(TypeError):
        group.Translate_ranks(ranks)


def test_compare(group):
    assert group.Compare(group) == MPI.IDENT
    assert group.Compare(group=MPI.GROUP_EMPTY) == MPI.UNEQUAL
    backwards = group.Incl(range(group.size)[::-1])
    assert group.Compare(backwards) == (MPI.SIMILAR if group.size > 1 else MPI.IDENT)
    backwards.Free()
    with pytest.raises(TypeError):
        group.Compare(None)


def test_dup(group):
    again = group.Dup()
    assert again.Compare(group) == MPI.IDENT
    again.Free()
    assert again == MPI.GROUP_NULL
    assert group.size


def test_set_operations(group):
    empty = MPI.GROUP_EMPTY
    assert freed(MPI.Group.Union(group, empty)) == group.size
    assert freed(MPI.Group.Union(group1=empty, group2=empty)) == 0
    assert freed(MPI.Group.Intersection(group, group)) == group.size
    assert freed(MPI.Group.Intersect(group, empty)) == 0
    assert freed(MPI.Group.Difference(group, empty)) == group.size
    assert freed(MPI.Group.Difference(group, group)) == 0


def test_include_and_exclude(group):
    last = group.size - 1
    one = group.Incl([last])
    assert group.Translate_ranks([last], one) == [0]
    one.Free()
    assert freed(group.Incl([])) == 0
    assert freed(group.Incl(ranks=(0,))) == 1
    assert freed(group.Excl([last])) == last
    assert freed(group.Excl([])) == group.size
    with pytest.raises(MPI.Exception):
        group.Incl([group.size])


def test_ranges(group):
    last = group.size - 1
    backwards = group.Range_incl([(last, 0, -1)])
    assert backwards.Translate_ranks(group=group) == list(range(group.size))[::-1]
    backwards.Free()
    assert freed(group.Range_incl([])) == 0
    assert freed(group.Range_excl(ranks=[[0, last, 1]])) == 0
    assert freed(group.Range_excl([(0, 0, 1)])) == last


@pytest.mark.parametrize("ranges, error", [([(0, 0)], ValueError), ([0], TypeError), ([(0, 0, 1, 1)], ValueError)])
def test_a_range_is_a_triplet(group, ranges, error):
    with pytest.raises(error):
        group.Range_incl(ranges)


def test_free(comm):
    group = comm.Get_group()
    group.Free()
    assert group == MPI.GROUP_NULL
    assert not group
    group.free()
    with pytest.raises(MPI.Exception):
        group.Free()


def test_predefined_stay():
    MPI.GROUP_NULL.free()
    MPI.GROUP_EMPTY.free()
    MPI.GROUP_EMPTY.Free()
    assert MPI.GROUP_EMPTY.size == 0


def test_pickles_by_name(group):
    for known in (MPI.GROUP_NULL, MPI.GROUP_EMPTY):
        assert pickle.loads(pickle.dumps(known)) is known
        assert copy.deepcopy(known) is known
    with pytest.raises(ValueError):
        pickle.dumps(group)


def test_subclass_begets_its_own(group):
    class Mine(MPI.Group):
        pass

    mine = Mine(group)
    made = [mine.Dup(), mine.Incl([0]), mine.Range_incl([(0, 0, 1)]), Mine.Union(mine, mine)]
    assert {type(new) for new in made} == {Mine}
    for new in made:
        new.Free()


def test_equality_is_of_handles(group):
    again = MPI.Group(group)
    assert again == group
    assert group != MPI.GROUP_EMPTY
    assert group != 3
    with pytest.raises(TypeError):
        group < again  # noqa: B015
    with pytest.raises(TypeError):
        hash(group)


def test_signatures():
    assert str(inspect.signature(MPI.Group.Translate_ranks)) == "(self, /, ranks=None, group=None)"
    assert str(inspect.signature(MPI.Group.Range_incl)) == "(self, /, ranks)"
