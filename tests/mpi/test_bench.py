"""``mpi4py.bench``: that its commands run, and what they give."""

import pytest
from mpi4py import bench
from mpi4py.util import pkl5


def test_helloworld(comm, capfd):
    said = bench.helloworld(comm, [])
    rank, size = comm.Get_rank(), comm.Get_size()
    assert said.startswith(f"Hello, World! I am process {rank} of {size} on ")
    assert capfd.readouterr().out == f"{said}\n"
    bench.helloworld(comm, ["-q"])
    bench.helloworld(comm, [], verbose=False)
    assert capfd.readouterr().out == ""


def test_ringtest(comm, capfd):
    seconds = bench.ringtest(comm, ["-n", "1000", "-l", "3", "-s", "1"])
    if comm.Get_rank() == 0:
        assert seconds > 0
        said = capfd.readouterr().out
        assert said.startswith("time for 3 loops = ")
        assert said.endswith(f"({comm.Get_size()} processes, 1000 bytes)\n")


@pytest.mark.parametrize("how", [["-a", "none"], ["-p", "-a", "none"], ["-o", "-a", "none", "--threshold", "4"]])
def test_pingpong(comm, capfd, how):
    threshold = pkl5.pickle.THRESHOLD
    rows = bench.pingpong(comm, [*how, "-m", "2", "-n", "16", "-l", "4", "-s", "1"])
    pkl5.pickle.THRESHOLD = threshold
    if comm.Get_rank() < 2:
        assert [size for size, _ in rows] == [2, 4, 8, 16]
        assert all(seconds > 0 for _, seconds in rows)
    said = capfd.readouterr().out.splitlines()
    if comm.Get_rank() == 0:
        assert said[0] == "# MPI PingPong Test"
        assert [int(line.split()[0]) for line in said[2:]] == [2, 4, 8, 16]
    else:
        assert said == []


def test_futures(world, capfd):
    rows = bench.futures(world, ["-e", "thread", "-w", "2", "-t", "3", "-n", "2", "-a", "bytes", "-l", "2"])
    said = capfd.readouterr().out.splitlines()
    if world.Get_rank() == 0:
        assert [size for size, _ in rows] == [1, 2]
        assert said[0] == "# ThreadPoolExecutor - 2 workers, 3 tasks/worker"
    else:
        assert (rows, said) == ([], [])


@pytest.mark.parametrize(("words", "says"), [
    (["nothing"], "helloworld, ringtest, pingpong, futures"),
    (["--thread-level", "many", "helloworld"], "'multiple', 'serialized', 'funneled', 'single'"),
    ([], "<command>"),
])
def test_usage(capfd, words, says):
    with pytest.raises(SystemExit) as leaving:
        bench.main(words)
    assert leaving.value.code == 2
    assert says in capfd.readouterr().err
