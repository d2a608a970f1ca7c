"""Sessions, and communicators that are made from groups alone."""

import inspect
import pickle

import pytest
from mpi4py import MPI

pytestmark = pytest.mark.optional("sessions")

WORLD, SELF = "mpi://WORLD", "mpi://SELF"


def begin():
    try:
        return MPI.Session.Init()
    except NotImplementedError:
        pytest.skip("not offered by this MPI library: sessions")


@pytest.fixture
def session():
    session = begin()
    yield session
    session.free()


@pytest.fixture
def other():
    other = begin()
    yield other
    other.free()


def test_new_is_null():
    assert MPI.Session() == MPI.SESSION_NULL
    assert not MPI.Session()
    MPI.Session().free()
    assert pickle.loads(pickle.dumps(MPI.SESSION_NULL)) is MPI.SESSION_NULL


def test_signatures():
    def parameters(method):
        return list(inspect.signature(method).parameters)

    assert parameters(MPI.Session.Init) == ["info", "errhandler"]
    assert parameters(MPI.Session.Get_num_psets) == ["self", "info"]
    assert parameters(MPI.Session.Get_nth_pset) == ["self", "n", "info"]
    assert parameters(MPI.Session.Get_pset_info) == ["self", "pset_name"]
    assert parameters(MPI.Session.Create_group) == ["self", "pset_name"]
    assert parameters(MPI.Session.Attach_buffer) == ["self", "buf"]
    assert parameters(MPI.Group.Create_from_session_pset) == ["session", "pset_name"]
    make = inspect.signature(MPI.Intracomm.Create_from_group)
    assert list(make.parameters) == ["group", "stringtag", "info", "errhandler"]
    assert make.parameters["stringtag"].default == "org.mpi4py"
    assert make.parameters["errhandler"].default is None
    assert parameters(MPI.Intercomm.Create_from_groups) == [
        "local_group", "local_leader", "remote_group", "remote_leader", "stringtag", "info", "errhandler",
    ]


def test_lifetime():
    session = MPI.Session.Init(MPI.INFO_NULL)
    assert session
    assert session != MPI.SESSION_NULL
    assert MPI.Session(session) == session
    assert MPI.Session.fromhandle(session.handle) == session
    with pytest.raises(ValueError):
        pickle.dumps(session)
    session.Finalize()
    assert session == MPI.SESSION_NULL
    session.free()
    with pytest.raises(MPI.Exception):
        session.Finalize()


def test_sessions_are_distinct(session, other):
    assert other != session
    other.Finalize()
    assert session.Get_num_psets() >= 2


def test_subclass():
    class Mine(MPI.Session):
        pass

    session = Mine.Init()
    assert type(session) is Mine
    session.Finalize()


def test_error_handler():
    for handler in (MPI.ERRORS_RETURN, MPI.ERRORS_ARE_FATAL):
        session = MPI.Session.Init(errhandler=handler)
        assert session.Get_errhandler() == handler
        session.Finalize()
    log = []
    handler = MPI.Session.Create_errhandler(lambda session, code: log.append(code))
    session = MPI.Session.Init(MPI.INFO_NULL, handler)
    handler.Free()
    session.Call_errhandler(MPI.ERR_ARG)
    assert log == [MPI.ERR_ARG]
    session.Finalize()


def test_process_sets(session):
    names = [session.Get_nth_pset(n) for n in range(session.Get_num_psets())]
    assert {WORLD, SELF} <= set(names)
    assert session.Get_num_psets(MPI.INFO_NULL) == len(names)
    assert session.Get_nth_pset(n=0, info=MPI.INFO_NULL) == names[0]
    for wrong in (len(names), -1):
        with pytest.raises(MPI.Exception):
            session.Get_nth_pset(wrong)


def test_info(session):
    info = session.Get_info()
    assert type(info) is MPI.Info
    info.Free()


def test_process_set_info(session, world):
    for name, size in ((WORLD, world.Get_size()), (SELF, 1)):
        info = session.Get_pset_info(name)
        assert info.Get("mpi_size") == str(size)
        info.Free()


def test_groups(session, world):
    for make in (session.Create_group, lambda name: MPI.Group.Create_from_session_pset(session, name)):
        group = make(WORLD)
        assert type(group) is MPI.Group
        assert (group.Get_rank(), group.Get_size()) == (world.Get_rank(), world.Get_size())
        group.Free()
        group = make(SELF)
        assert group.Get_size() == 1
        group.Free()


def test_group_of_no_process_set(session):
    with pytest.raises(MPI.Exception):
        session.Create_group("mpi4py://no-such-set")


def test_communicator_of_a_session(session, world):
    group = session.Create_group(WORLD)
    comm = MPI.Intracomm.Create_from_group(group)
    group.Free()
    assert type(comm) is MPI.Intracomm
    assert comm.allgather(world.Get_rank()) == list(range(world.Get_size()))
    assert comm.Get_errhandler() == MPI.ERRORS_RETURN
    comm.Free()


@pytest.mark.optional("communicators from groups")
class TestFromGroups:
    def test_of_other_groups(self, comm):
        group = comm.Get_group()
        made = MPI.Intracomm.Create_from_group(group, f"test of {group.Get_size()}", MPI.INFO_NULL)
        assert comm.Compare(made) == MPI.CONGRUENT
        assert made.allreduce(1) == comm.Get_size()
        made.Free()
        group.Free()

    def test_subclass_is_not_begotten(self):
        class Mine(MPI.Intracomm):
            pass

        group = MPI.COMM_SELF.Get_group()
        made = Mine.Create_from_group(group)
        assert type(made) is MPI.Intracomm
        made.Free()
        group.Free()

    def test_error_handler(self):
        group, log = MPI.COMM_SELF.Get_group(), []
        handler = MPI.Comm.Create_errhandler(lambda comm, code: log.append(code))
        made = MPI.Intracomm.Create_from_group(group, errhandler=handler)
        handler.Free()
        made.Call_errhandler(MPI.ERR_ARG)
        assert log == [MPI.ERR_ARG]
        made.Free()
        made = MPI.Intracomm.Create_from_group(group, errhandler=MPI.ERRORS_ARE_FATAL)
        assert made.Get_errhandler() == MPI.ERRORS_ARE_FATAL
        made.Free()
        group.Free()

    def test_types(self):
        with pytest.raises(TypeError):
            MPI.Intracomm.Create_from_group(None)
        with pytest.raises(TypeError):
            MPI.Intracomm.Create_from_group(MPI.GROUP_EMPTY, None)
        with pytest.raises(TypeError):
            MPI.Intracomm.Create_from_group(MPI.GROUP_EMPTY, errhandler=3)

    @pytest.mark.ranks(2)
    def test_intercommunicator(self, world):
        whole = world.Get_group()
        rank, size = world.Get_rank(), world.Get_size()
        parts = [whole.Incl([r for r in range(size) if r % 2 == parity]) for parity in (0, 1)]
        local, remote = parts[rank % 2], parts[1 - rank % 2]
        made = MPI.Intercomm.Create_from_groups(local, 0, remote, 0, "intercommunicator")
        assert type(made) is MPI.Intercomm
        assert (made.Get_size(), made.Get_remote_size()) == (local.Get_size(), remote.Get_size())
        assert made.allgather(rank) == [r for r in range(size) if r % 2 != rank % 2]
        assert made.Get_errhandler() == MPI.ERRORS_RETURN
        made.Free()
        for group in (whole, *parts):
            group.Free()


@pytest.mark.optional("buffers of sessions")
class TestBuffers:
    def test_memory(self, session):
        memory = bytearray(1000 + MPI.BSEND_OVERHEAD)
        session.Attach_buffer(memory)
        session.Flush_buffer()
        session.Iflush_buffer().Wait()
        assert session.Detach_buffer() is memory

    def test_of_one_session(self, session, other):
        memory = [bytearray(1000 + MPI.BSEND_OVERHEAD) for _ in range(2)]
        session.Attach_buffer(memory[0])
        other.Attach_buffer(memory[1])
        assert other.Detach_buffer() is memory[1]
        assert session.Detach_buffer() is memory[0]

    def test_automatic(self, session):
        session.Attach_buffer(None)
        assert repr(session.Detach_buffer()) == "BUFFER_AUTOMATIC"

    def test_bsend(self, session):
        group = session.Create_group(SELF)
        comm = MPI.Intracomm.Create_from_group(group)
        group.Free()
        memory = bytearray(1000 + MPI.BSEND_OVERHEAD)
        session.Attach_buffer(memory)
        comm.Bsend(b"message", 0)
        received = bytearray(7)
        comm.Recv(received, 0)
        assert received == b"message"
        session.Flush_buffer()
        assert session.Detach_buffer() is memory
        comm.Free()


def test_without_the_world(alone):
    done = alone("""
        assert not MPI.Is_initialized()
        try:
            session = MPI.Session.Init()
        except NotImplementedError:
            raise SystemExit("no sessions")
        group = session.Create_group("mpi://SELF")
        print("size", group.Get_size())
        group.Free()
        session.Finalize()
    """, rc="from mpi4py import rc; rc.initialize = False")
    if "no sessions" in done.stderr:
        raise NotImplementedError
    assert done.returncode == 0
    assert "size 1" in done.stdout


def test_null_session():
    with pytest.raises(MPI.Exception):
        MPI.Session().Get_num_psets()
