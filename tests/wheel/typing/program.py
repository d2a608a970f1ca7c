"""A program that uses mpi4py as programs do: type checkers must find nothing wrong with it."""

from array import array

import mpi4py
import numpy as np
from mpi4py import MPI, bench, run
from mpi4py.futures import Future, MPICommExecutor, MPIPoolExecutor, as_completed, collect, compose, wait
from mpi4py.typing import BufSpec, TypeSpec
from mpi4py.util import dtlib, pkl5, pool, sync


def ring(comm: MPI.Intracomm) -> int:
    """Buffers: point-to-point, blocking, nonblocking and persistent."""
    rank, size = comm.rank, comm.Get_size()
    right, left = (rank + 1) % size, (rank - 1) % size
    sent, received = np.full(4, rank, dtype="i"), np.empty(4, dtype="i")
    status = MPI.Status()
    comm.Sendrecv(sent, right, recvbuf=received, source=left, status=status)
    requests = [comm.Isend([sent, MPI.INT], right), comm.Irecv((received, 4, MPI.INT), left, MPI.ANY_TAG)]
    MPI.Request.Waitall(requests)
    persistent: MPI.Prequest = comm.Send_init((sent, "i"), MPI.PROC_NULL)
    persistent.Start()
    persistent.Wait(status)
    comm.Send((MPI.BOTTOM, 0, MPI.INT), MPI.PROC_NULL)
    comm.Send((None, 0, MPI.INT), MPI.PROC_NULL)
    message = comm.Improbe()
    if message is not None:
        message.Recv(bytearray(8))
    return status.Get_count(MPI.INT) + status.source


def reductions(comm: MPI.Comm) -> None:
    """Collectives of buffers and objects."""
    ones, total = array("d", [1.0]), array("d", [0.0])
    comm.Allreduce(ones, total, MPI.MAX)
    comm.Allreduce(MPI.IN_PLACE, total)
    comm.Reduce(ones, total if comm.rank == 0 else None, op=MPI.SUM, root=0)
    counts = np.ones(comm.size, dtype="i")
    blocks = np.zeros(comm.size)
    comm.Allgatherv(ones, (blocks, counts))
    comm.Allgatherv(ones, (blocks, (counts, None), MPI.DOUBLE))
    comm.Allgatherv(ones, [blocks, [1] * comm.size, None, MPI.DOUBLE])
    comm.Alltoallw((blocks, [MPI.DOUBLE] * comm.size), (blocks.copy(), [MPI.DOUBLE] * comm.size))
    comm.Ibarrier().Wait()
    words: list[str] = comm.allgather("word")
    longest: str = comm.allreduce(words[0], lambda x, y: max(x, y))
    gathered = comm.gather(longest)
    if gathered is not None:
        gathered.sort()


def windows(comm: MPI.Intracomm) -> memoryview[float]:
    """One-sided communication."""
    win = MPI.Win.Allocate(8 * comm.size, 8, MPI.INFO_NULL, comm)
    win.Fence()
    win.Put(np.arange(1.0), 0, comm.rank)
    win.Put(np.arange(1.0), 0, (comm.rank, 1, MPI.DOUBLE))
    win.Rget(np.empty(1), 0).Wait()
    win.Fence(MPI.MODE_NOSUCCEED)
    memory = win.tomemory()
    memory[0:8] = 0
    view = memoryview(memory).cast("d")
    first: int = memory[0]
    part: MPI.buffer = memory[1:]
    assert first + len(part) >= 0
    win.Free()
    return view


def files(comm: MPI.Intracomm, path: str) -> int:
    """Input and output."""
    file = MPI.File.Open(comm, path, MPI.MODE_CREATE | MPI.MODE_RDWR)
    file.Set_view(0, MPI.BYTE, datarep="native")
    file.Write_at_all(comm.rank, b"x")
    file.atomicity = True
    size = file.size
    file.Close()
    return size


def handles() -> None:
    """What handles, info objects and datatypes can do."""
    info = MPI.Info.Create({"key": "value"})
    info["other"] = "value"
    for key in info:
        value: str = info[key]
        found: str | int = info.get(key, 1)
        assert found == value
    info.update([("more", "values")], last="one")
    popped: str = info.pop("more")
    absent: str | None = info.pop("absent", None)
    assert popped and absent is None and "last" in info
    info.free()

    row = MPI.DOUBLE.Create_vector(2, 1, 4).Commit()
    base, combiner, parameters = row.decode()
    assert base == MPI.DOUBLE and combiner and parameters
    row.Free()
    op = MPI.Op.Create(lambda x, y, datatype: None, commute=True)
    op.Free()
    grid = MPI.COMM_SELF.Create_cart([1], periods=True)
    copy: MPI.Cartcomm = grid.Dup()
    part: MPI.Cartcomm = grid.Sub([True])
    for comm in (grid, copy, part, MPI.COMM_SELF.Split()):
        if comm:
            comm.name = "grid"
            comm.Free()
    keyval = MPI.Comm.Create_keyval(copy_fn=True, delete_fn=lambda comm, keyval, value: None)
    MPI.Comm.Free_keyval(keyval)
    assert MPI.Comm.fromhandle(MPI.COMM_WORLD.handle) == MPI.COMM_WORLD


def executors(comm: MPI.Intracomm) -> list[int]:
    """Calls in other processes."""
    with MPIPoolExecutor(2, use_pkl5=True, backoff=0.001) as executor:
        futures: list[Future[int]] = [executor.submit(abs, number) for number in range(-2, 0)]
        results = [future.result() for future in as_completed(futures)]
        assert wait(futures).done
        results += collect(futures).result() + list(executor.map(abs, [-1], unordered=True))
        executor.starmap(max, [(1, 2)], chunksize=2)
        assert compose(futures[0], str).result() == "2"
    with MPICommExecutor(comm, root=0) as shared:
        if shared is not None:
            shared.shutdown(wait=True, cancel_futures=True)
    with pool.Pool(1) as workers:
        mapped: list[int] = workers.map_async(abs, [-1]).get(timeout=1.0)
    return results + mapped


def utilities(comm: MPI.Intracomm, datatype: TypeSpec) -> BufSpec:
    """Objects with large parts, layouts, synchronization."""
    pkl = pkl5.Intracomm(comm)
    request: pkl5.Request = pkl.isend(b"data", 0)
    message = pkl.improbe()
    if message is not None:
        message.recv()
    pkl5.Request.waitall([request])
    with sync.Sequential(comm), sync.Mutex(comm=comm) as mutex, sync.Semaphore(2, comm=comm):
        assert mutex.locked()
    ticket: int = sync.Counter(comm=comm).next()
    assert sync.Condition(comm=comm).wait_for(lambda: "ready") == "ready"
    layout = dtlib.from_numpy_dtype(np.dtype([("a", "i4")]))
    assert dtlib.to_numpy_dtype(layout) == np.dtype([("a", "i4")])
    assert bench.ringtest(comm, ["-q"]) >= 0.0
    return (np.zeros(ticket + 1), datatype)


def main() -> None:
    """Run all of it."""
    mpi4py.rc.threads = False
    mpi4py.rc(thread_level="single")
    run.set_abort_status(1)
    comm: MPI.Intracomm = MPI.COMM_WORLD
    try:
        ring(comm)
        reductions(comm)
        windows(comm)
    except MPI.Exception as error:
        raise SystemExit(error.Get_error_code()) from error


if __name__ == "__main__":
    main()
