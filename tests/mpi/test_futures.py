"""`mpi4py.futures` over a communicator: a master and its workers, or a thread of the one process."""

import threading
import time

import pytest
from mpi4py import MPI, futures
from mpi4py.futures import aplus


def square(x):
    return x * x


def power(base, exponent, *, minus=0):
    return base**exponent - minus


def fail(text):
    raise LookupError(text)


def nested(_):
    return lambda: None


def remember(value):
    global remembered
    remembered = value


def recall():
    return remembered


def sum_of_workers():
    return futures.get_comm_workers().allreduce(1)


@pytest.fixture(params=[False, True], ids=["in-band", "out-of-band"])
def use_pkl5(request):
    return request.param


def test_results_and_exceptions(comm, use_pkl5):
    with futures.MPICommExecutor(comm, use_pkl5=use_pkl5) as executor:
        if executor is not None:
            assert executor.num_workers == max(comm.Get_size() - 1, 1)
            assert executor.submit(power, 2, 5, minus=1).result(60) == 31
            error = executor.submit(fail, "gone").exception(60)
            assert isinstance(error, LookupError) and error.args == ("gone",)
            if comm.Get_size() > 1:
                assert "in fail" in str(error.__cause__)
    assert executor is None or executor.num_workers == 0


@pytest.mark.ranks(2)
def test_any_root(world):
    root = world.Get_size() - 1
    with futures.MPICommExecutor(world, root) as executor:
        assert (executor is not None) == (world.Get_rank() == root)
        if executor is not None:
            assert executor.submit(square, 7).result(60) == 49


@pytest.mark.parametrize("size", [0, 1, 4096, 1 << 20])
def test_buffers_arrive_whole_and_writable(world, use_pkl5, size):
    numpy = pytest.importorskip("numpy")
    sent = numpy.arange(size, dtype="u1")
    with futures.MPICommExecutor(world, use_pkl5=use_pkl5) as executor:
        if executor is not None:
            first, second = executor.submit(tuple, [sent, sent[::-1].copy()]).result(60)
            assert (first == sent).all() and (second == sent[::-1]).all()
            first[:] = 1


@pytest.mark.parametrize("options", [{}, {"chunksize": 4}, {"buffersize": 3}, {"unordered": True}])
def test_map(comm, options):
    with futures.MPICommExecutor(comm) as executor:
        if executor is not None:
            found = list(executor.map(square, range(23), **options))
            assert sorted(found) == [x * x for x in range(23)]
            assert options.get("unordered") or found == sorted(found)
            assert list(executor.starmap(power, [(2, 3), (3, 2)])) == [8, 9]


def test_map_refuses(comm):
    with futures.MPICommExecutor(comm) as executor:
        if executor is not None:
            for options in ({"chunksize": 0}, {"buffersize": 0}, {"buffersize": 1, "unordered": True}):
                with pytest.raises(ValueError):
                    executor.map(square, [1], **options)
            with pytest.raises(TypeError):
                executor.map(square, [1], buffersize="1")


def test_map_times_out(comm):
    with futures.MPICommExecutor(comm) as executor:
        if executor is not None:
            with pytest.raises(futures.TimeoutError):
                list(executor.map(time.sleep, [0.5], timeout=0.05))


def test_initializer_runs_before_tasks(comm):
    with futures.MPICommExecutor(comm, initializer=remember, initargs=(11,)) as executor:
        if executor is not None:
            assert executor.submit(recall).result(60) == 11


def test_failing_initializer_breaks_the_executor(comm):
    with futures.MPICommExecutor(comm, initializer=fail, initargs=("not today",)) as executor:
        if executor is not None:
            with pytest.raises(futures.BrokenExecutor, match="initializer failed") as caught:
                executor.submit(square, 1).result(60)
            assert isinstance(caught.value.__cause__, LookupError)
            with pytest.raises(futures.BrokenExecutor):
                executor.submit(square, 1)
            assert executor.num_workers == 0


@pytest.mark.ranks(2)
def test_what_cannot_be_pickled_is_an_exception(world, use_pkl5):
    with futures.MPICommExecutor(world, use_pkl5=use_pkl5) as executor:
        if executor is not None:
            kinds = (AttributeError, TypeError, ImportError, ValueError)
            assert isinstance(executor.submit(nested, 1).exception(60), (*kinds, __import__("pickle").PicklingError))
            assert isinstance(executor.submit(square, threading.Lock()).exception(60), TypeError)
            assert executor.submit(square, 3).result(60) == 9


def test_cancellation(comm):
    with futures.MPICommExecutor(comm, max_workers=1) as executor:
        if executor is not None:
            executor.bootup()
            running = executor.submit(time.sleep, 0.3)
            waiting = executor.submit(square, 1)
            later = executor.submit(square, 2)
            while not running.running():
                time.sleep(0.01)
            assert not running.cancel() and waiting.cancel()
            executor.shutdown(wait=False, cancel_futures=True)
            assert running.result(60) is None
            assert waiting.cancelled() and later.cancelled()
            with pytest.raises(RuntimeError, match="shutdown"):
                executor.submit(square, 1)


def test_the_workers_communicate(comm):
    with futures.MPICommExecutor(comm) as executor:
        if executor is not None:
            count = executor.num_workers
            assert [f.result(60) for f in [executor.submit(sum_of_workers) for _ in range(count)]] == [count] * count
    with pytest.raises(RuntimeError):
        futures.get_comm_workers()


def test_wrong_parameters(comm):
    for root in (-1, comm.Get_size()):
        with pytest.raises(ValueError):
            futures.MPICommExecutor(comm, root)
    with pytest.raises(ValueError):
        futures.MPICommExecutor(comm, max_workers=0)
    with pytest.raises(TypeError):
        futures.MPICommExecutor(comm, initializer=3)


def test_threads():
    with futures.ThreadPoolExecutor(2) as executor:
        assert executor.num_workers == 2
        assert list(executor.map(square, range(5))) == [0, 1, 4, 9, 16]


def test_collect_and_compose():
    parts = [futures.Future() for _ in range(2)]
    total = futures.compose(futures.collect(parts), sum)
    parts[1].set_result(2)
    assert not total.done()
    parts[0].set_result(1)
    assert total.result(0) == 3
    broken = futures.collect([futures.Future(), last := futures.Future()])
    last.set_exception(LookupError())
    assert isinstance(futures.compose(broken, excepthook=lambda _: ValueError()).exception(0), ValueError)


def test_chains():
    first = aplus.ThenableFuture()
    second = first.then(lambda x: x + 1).then(lambda x: 1 / 0).catch(lambda error: type(error))
    first.set_result(1)
    assert second.result(0) is ZeroDivisionError


def test_the_parallel_master_is_this_process(world):
    """Executors are independent of each other: two at a time over one communicator."""
    with futures.MPICommExecutor(MPI.COMM_SELF) as inner, futures.MPICommExecutor(world) as outer:
        assert inner.submit(square, 2).result(60) == 4
        if outer is not None:
            assert outer.submit(square, 3).result(60) == 9
