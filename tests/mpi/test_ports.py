"""Ports, names of services, and processes that meet there."""

import socket

import pytest

from mpi4py import MPI


@pytest.fixture
def port():
    """A port of this process."""
    name = MPI.Open_port()
    yield name
    MPI.Close_port(name)


def open_port(comm, root):
    """A port of ``root``, of which all of ``comm`` know."""
    return comm.bcast(MPI.Open_port() if comm.rank == root else None, root)


def test_wrong_arguments():
    for call in (MPI.Close_port, MPI.Open_port, MPI.Lookup_name, MPI.COMM_SELF.Accept, MPI.COMM_SELF.Connect):
        with pytest.raises(TypeError):
            call(7)
    for call in (MPI.Publish_name, MPI.Unpublish_name):
        with pytest.raises(TypeError):
            call("service")
    with pytest.raises(TypeError):
        MPI.Comm.Join("socket")


class TestPorts:
    """Ports, and the names they are published under."""

    def test_a_port_has_a_name(self, port):
        assert isinstance(port, str)
        assert port

    def test_hints(self, port):
        info = MPI.Info.Create({"mpi4py_unknown_hint": "x"})
        other = MPI.Open_port(info)
        assert other != port
        assert dict(info) == {"mpi4py_unknown_hint": "x"}
        MPI.Close_port(other)
        info.Free()

    @pytest.mark.ranks(2)
    def test_published_names(self, world):
        service = world.bcast(f"mpi4py-{MPI.Wtime()}")
        if world.rank == 0:
            port = MPI.Open_port()
            MPI.Publish_name(service, port)
            world.barrier()
            world.bcast(port)
            world.barrier()
            MPI.Unpublish_name(service, port)
            MPI.Close_port(port)
        else:
            world.barrier()
            found = MPI.Lookup_name(service)
            assert found == world.bcast(None)
            world.barrier()
        world.barrier()
        with pytest.raises(MPI.Exception) as caught:
            MPI.Lookup_name(service)
        assert caught.value.error_class in (MPI.ERR_NAME, MPI.ERR_SERVICE)


class TestMeeting:
    """Processes that connect."""

    @pytest.mark.ranks(2)
    def test_accept_and_connect(self, world):
        port = open_port(world, 0)
        low = world.rank == 0
        local = world.Split(low)
        inter = local.Accept(port) if low else local.Connect(port)
        assert type(inter) is MPI.Intercomm
        assert (inter.size, inter.remote_size) == (local.size, world.size - local.size)
        assert inter.allgather(world.rank) == [rank for rank in range(world.size) if (rank == 0) != low]
        assert inter.allreduce([world.rank]) == [rank for rank in range(world.size) if (rank == 0) != low]
        with pytest.raises(MPI.Exception) as caught:
            inter.send("nobody", dest=inter.remote_size)
        assert caught.value.error_class == MPI.ERR_RANK
        inter.Disconnect()
        assert inter == MPI.COMM_NULL
        local.Free()
        if low:
            MPI.Close_port(port)

    @pytest.mark.ranks(2)
    def test_the_port_counts_at_the_root_alone(self, world):
        port = open_port(world, 0)
        side = world.Split(world.rank % 2)
        root = side.size - 1
        name = port if side.rank == root else None
        inter = side.Accept(name, root=root) if world.rank % 2 == 0 else side.Connect(name, root=root)
        assert inter.allreduce(1) == inter.remote_size
        inter.Disconnect()
        side.Free()
        if world.rank == 0:
            MPI.Close_port(port)

    @pytest.mark.ranks(2)
    def test_join(self, world):
        if world.rank == 0:
            with socket.create_server(("127.0.0.1", 0)) as server:
                world.send(server.getsockname(), 1)
                connection, _ = server.accept()
        elif world.rank == 1:
            connection = socket.create_connection(world.recv(source=0))
        else:
            return
        with connection:
            inter = MPI.Comm.Join(connection.fileno())
        assert type(inter) is MPI.Intercomm
        assert (inter.size, inter.remote_size) == (1, 1)
        assert inter.sendrecv(world.rank, 0, source=0) == 1 - world.rank
        inter.Disconnect()
