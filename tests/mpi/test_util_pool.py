"""``mpi4py.util.pool``: the interface of multiprocessing.pool. Threads, which need no processes of their own."""

import threading

import pytest
from mpi4py.util.pool import ApplyResult, MapResult, Pool, ThreadPool


@pytest.fixture
def pool():
    with ThreadPool(2) as pool:
        yield pool
    pool.join()


def double(number):
    return 2 * number


def fail(number):
    raise KeyError(number)


def test_apply(pool):
    assert pool.apply(double, (4,)) == 8
    assert pool.apply(dict, (), {"a": 1}) == {"a": 1}


@pytest.mark.parametrize("chunksize", [None, 1, 3, 100])
@pytest.mark.parametrize("count", [0, 1, 20])
def test_map(pool, count, chunksize):
    assert pool.map(double, iter(range(count)), chunksize) == [2 * number for number in range(count)]
    assert pool.starmap(max, [(number, 10) for number in range(count)], chunksize) == [
        max(number, 10) for number in range(count)
    ]


def test_iterators(pool):
    assert list(pool.imap(double, range(5))) == [0, 2, 4, 6, 8]
    assert sorted(pool.imap_unordered(double, range(5), 2)) == [0, 2, 4, 6, 8]
    assert list(pool.istarmap(max, [(1, 2), (4, 3)])) == [2, 4]
    assert sorted(pool.istarmap_unordered(max, [(4, 3), (1, 2)])) == [2, 4]


def test_callbacks(pool):
    got = []
    result = pool.apply_async(double, (1,), callback=got.append, error_callback=pytest.fail)
    assert type(result) is ApplyResult
    assert result.get(10) == 2
    assert result.ready()
    assert result.successful()
    result = pool.map_async(double, [1, 2], callback=got.append)
    assert type(result) is MapResult
    result.wait(10)
    assert got == [2, [2, 4]]


def test_failure(pool):
    got = []
    result = pool.map_async(fail, [1], callback=pytest.fail, error_callback=got.append)
    with pytest.raises(KeyError, match="1"):
        result.get(10)
    assert not result.successful()
    assert [type(error) for error in got] == [KeyError]
    with pytest.raises(KeyError):
        pool.apply(fail, (1,))
    with pytest.raises(KeyError):
        list(pool.imap(fail, [1]))


def test_what_takes_long(pool):
    go = threading.Event()
    result = pool.apply_async(go.wait, (10,))
    assert not result.ready()
    with pytest.raises(ValueError, match="not ready"):
        result.successful()
    with pytest.raises(TimeoutError):
        result.get(0.01)
    go.set()
    assert result.get(10) is True


def test_terminate_forgets_what_has_not_begun():
    pool, go, begun = ThreadPool(1), threading.Event(), threading.Event()
    first = pool.apply_async(lambda: (begun.set(), go.wait(10)))
    assert begun.wait(10)
    others = pool.map_async(double, range(50), chunksize=1)
    pool.terminate()
    go.set()
    pool.join()
    first.get(10)
    with pytest.raises(TimeoutError):
        others.get(10)
    with pytest.raises(RuntimeError):
        pool.apply(double, (1,))


def test_initializer():
    got = []
    with ThreadPool(1, got.append, ("ready",)) as pool:
        assert pool.apply(double, (1,)) == 2
    pool.join()
    assert got == ["ready"]


@pytest.mark.parametrize("count", [0, -1])
def test_no_workers(count):
    with pytest.raises(ValueError, match="at least 1"):
        Pool(count)


@pytest.mark.parametrize("chunksize", [0, -1])
def test_no_chunks(pool, chunksize):
    with pytest.raises(ValueError, match="chunksize"):
        pool.map(double, [1], chunksize)


def test_options_without_use_are_told():
    with pytest.warns(UserWarning, match="maxtasksperchild"):
        ThreadPool(1, maxtasksperchild=1).close()
