"""Clients of SWIG: `%mpi4py_typemap`."""

import pytest


@pytest.mark.parametrize("language", ["c", "c++"])
def test_typemaps(workshop, language):
    name = workshop.swig("swigged.i", language)
    said = workshop.run(f"""if True:
        import warnings
        # SWIG's own types say nothing of their module, which Python does not like.
        warnings.simplefilter("ignore", DeprecationWarning)
        from mpi4py import MPI
        import {name} as client
        assert client.size(MPI.COMM_WORLD) == MPI.COMM_WORLD.Get_size()
        for wrong in None, 3, MPI.INFO_NULL:
            try:
                client.size(wrong)
            except TypeError as error:
                assert "in method 'size', argument 1 of type 'MPI_Comm'" in str(error)
                print("refused")
        comm = client.duplicate(MPI.COMM_SELF)
        assert type(comm) is MPI.Intracomm and comm != MPI.COMM_SELF
        comm.Free()
        group = client.world_group()
        assert type(group) is MPI.Group and group.Get_size() == MPI.COMM_WORLD.Get_size()
        group.Free()
        client.cvar.chosen = MPI.COMM_SELF
        assert client.cvar.chosen == MPI.COMM_SELF
        assert client.tag(client.with_tag(9)) == 9
        try:
            client.tag(None)
        except TypeError:
            print("refused")
        print("done")
    """)
    assert said == ["refused"] * 4 + ["done"]
