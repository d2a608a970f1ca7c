"""Clients of C and C++ through `mpi4py/mpi4py.h`, with Python's full API and with its limited one."""

import pytest

LIMITED = ("-DMPI4PY_LIMITED_API", "-DPy_LIMITED_API=0x030b0000")
FORMS = {
    "full_c": ("c", ()),
    "full_cxx": ("c++", ()),
    "limited_c": ("c", LIMITED),
    "limited_cxx": ("c++", LIMITED),
}
CLASSES = "Datatype Request Message Op Group Info Errhandler Session Comm Win File Status".split()


def built(workshop, form):
    """The module of that form: its name."""
    language, flags = FORMS[form]
    return workshop.c("client.c", form, *flags, language=language)


@pytest.mark.parametrize("form", FORMS)
def test_handles_are_taken_and_given(workshop, form):
    client = built(workshop, form)
    said = workshop.run(f"""if True:
        from mpi4py import MPI
        import {client} as client
        assert client.size(MPI.COMM_WORLD) == MPI.COMM_WORLD.Get_size()
        for name in {CLASSES}:
            for kind in (getattr(MPI, name), type("Sub", (getattr(MPI, name),), {{}})):
                object = kind()
                assert client.address(object) == MPI._addressof(object) == id(object) + 16
                again = client.again(object)
                assert type(again) is getattr(MPI, name), again
                assert again == object
        for object in MPI.INT, MPI.SUM, MPI.GROUP_EMPTY, MPI.INFO_ENV, MPI.ERRORS_RETURN, MPI.COMM_WORLD:
            again = client.again(object)
            assert again == object and again is not object
        assert type(client.again(MPI.COMM_WORLD)) is MPI.Intracomm
        cart = MPI.COMM_SELF.Create_cart([1])
        assert type(client.again(cart)) is MPI.Cartcomm
        cart.Free()
        for wrong in None, 3, MPI.INFO_NULL:
            try:
                client.size(wrong)
            except TypeError as error:
                assert "Comm" in str(error)
                print("refused")
        target = MPI.Intracomm()
        assert client.duplicate(MPI.COMM_SELF, target) == 0
        assert target.Get_size() == 1
        target.Free()
        first, second = client.ignored(None)
        assert type(first) is type(second) is MPI.Status and first == second == MPI.Status()
        print("done")
    """)
    assert said == ["refused"] * 3 + ["done"]


@pytest.mark.parametrize("form", ["full_c", "full_cxx"])
def test_objects_are_laid_out_as_the_header_says(workshop, form):
    client = built(workshop, form)
    said = workshop.run(f"""if True:
        from mpi4py import MPI
        import {client} as client
        layout = client.layout()
        assert len(layout) == 20
        for name, (size, handle, flags, weak, last) in layout.items():
            kind = getattr(MPI, name)
            assert (kind.__basicsize__, kind.__weakrefoffset__, handle) == (size, weak, 16), name
            assert kind.__itemsize__ == kind.__dictoffset__ == 0, name
            assert MPI._sizeof(kind) <= flags - handle < MPI._sizeof(kind) + 8, name
        assert client.flags(MPI.COMM_WORLD) & 2
        assert client.flags(client.again(MPI.COMM_WORLD)) == 1
        persistent, generalized = client.requests()
        assert (type(persistent), type(generalized)) == (MPI.Prequest, MPI.Grequest)
        print("done")
    """)
    assert said == ["done"]


# What import_mpi4py() says of a module that is not as it should be: what is done to it, and the exception.
SPOILT = {
    "function": ("del MPI.__pyx_capi__['PyMPIFile_New']", "ImportError", "export expected C function PyMPIFile_New"),
    "signature": (
        "MPI.__pyx_capi__['PyMPIFile_New'] = MPI.__pyx_capi__['PyMPIComm_New']",
        "TypeError",
        "(expected PyObject *(MPI_File), got PyObject *(MPI_Comm))",
    ),
    "no_capsule": ("MPI.__pyx_capi__['PyMPIComm_Get'] = 1", "TypeError", "PyMPIComm_Get has wrong signature"),
    "no_functions": ("del MPI.__pyx_capi__", "AttributeError", "__pyx_capi__"),
    "no_class": ("MPI.Comm = 1", "TypeError", "mpi4py.MPI.Comm is not a type object"),
    "smaller": ("MPI.Comm = object", "ValueError", "MPI.Comm size changed, may indicate binary incompatibility"),
    "larger": (
        "MPI.Comm = type('Comm', (MPI.Comm,), {'__slots__': ('a', 'b')})",
        "RuntimeWarning",
        "MPI.Comm size changed, may indicate binary incompatibility",
    ),
}


@pytest.mark.parametrize("form", ["full_c", "limited_c"])
def test_a_client_says_what_it_does_not_find(workshop, form):
    client = built(workshop, form)
    said = workshop.run(f"""if True:
        from mpi4py import MPI
        import {client} as client
        comm, functions = MPI.Comm, MPI.__pyx_capi__
        for name, (spoil, exception, message) in {SPOILT}.items():
            MPI.Comm, MPI.__pyx_capi__ = comm, dict(functions)
            client.find()
            exec(spoil)
            try:
                client.find()
            except Exception as error:
                assert type(error).__name__ == exception and message in str(error), (name, error)
                print(name)
    """)
    # Without the layout of objects, their size does not matter, nor do signatures.
    lenient = ("signature", "smaller", "larger") if form == "limited_c" else ()
    assert said == [name for name in SPOILT if name not in lenient]


def test_a_client_without_some_classes_needs_none_of_them(workshop):
    workshop.c("partial.c", "partial")
    said = workshop.run("""if True:
        from mpi4py import MPI
        everything = dict(MPI.__pyx_capi__)
        for name in everything:
            if "Comm" not in name:
                del MPI.__pyx_capi__[name]
        import partial
        assert partial.self_again() == MPI.COMM_SELF
        print("done")
    """)
    assert said == ["done"]
