"""Info, attributes, error handlers, sessions; the groups and communicators that handles.py lacks."""

GROUP = "g = comm.Get_group(); at_end(g.Free)"
DUPLICATE = "d = comm.Dup(); at_end(d.Free)"
HINTS = "i = MPI.Info.Create({'one': '1', 'two': '2'}); at_end(i.Free)"
SESSION = "s = MPI.Session.Init(); at_end(s.Finalize)"
# A call that fails: it names a root that is not there.
FAILS = "try: comm.Bcast(a, 5)\nexcept MPI.Exception as error: v = error"


def key(kind, handle, setup=""):
    """Rows of the attributes of one kind of handle: set, got, and deleted."""
    setup = f"{setup}k = MPI.{kind}.Create_keyval(); at_end(MPI.{kind}.Free_keyval, k); x = object()"
    kept = f"{setup}; {handle}.Set_attr(k, x); at_end({handle}.Delete_attr, k)"
    return [
        (f"{kind}.Get_attr of an object", kept, f"{handle}.Get_attr(k)", "_ is x"),
        (f"{kind}.Get_attr of nothing", setup, f"{handle}.Get_attr(k)", "_ is None"),
        (
            f"{kind}.Set_attr + Get_attr + Delete_attr",
            setup,
            f"{handle}.Set_attr(k, x); v = {handle}.Get_attr(k); {handle}.Delete_attr(k)",
            f"v is x and {handle}.Get_attr(k) is None",
        ),
    ]


STATEMENTS = [
    # name, setup, statement, check
    ("Info.Create + Free", "", "i = MPI.Info.Create(); i.Free()", "i == MPI.INFO_NULL"),
    ("Info.Create of a dict + Free", "", "i = MPI.Info.Create({'k': 'v'}); v = i.Get('k'); i.Free()", "v == 'v'"),
    ("Info.Dup + Free", HINTS, "j = i.Dup(); n = j.Get_nkeys(); j.Free()", "n == 2"),
    ("Info.Set", HINTS, "i.Set('two', 'due')", "i.Get('two') == 'due'"),
    ("Info.Get", HINTS, "i.Get('two')", "_ == '2'"),
    ("Info.Get of no such key", HINTS, "i.Get('three')", "_ is None"),
    (
        "Info.Set + Get + Delete",
        HINTS,
        "i.Set('three', '3'); v = i.Get('three'); i.Delete('three')",
        "v == '3' and i.keys() == ['one', 'two']",
    ),
    ("Info.Get_nkeys", HINTS, "i.Get_nkeys()", "_ == 2"),
    ("Info.Get_nthkey", HINTS, "i.Get_nthkey(1)", "_ == 'two'"),
    ("Info.__getitem__", HINTS, "i['two']", "_ == '2'"),
    ("Info.__setitem__", HINTS, "i['two'] = 'due'", "i.Get('two') == 'due'"),
    ("Info.__contains__", HINTS, "'two' in i", "_ is True"),
    ("Info.__len__", HINTS, "len(i)", "_ == 2"),
    ("Info.items", HINTS, "i.items()", "_ == [('one', '1'), ('two', '2')]"),
    ("dict of Info", HINTS, "dict(i)", "_ == {'one': '1', 'two': '2'}"),
    (
        "Comm.Set_info",
        f"{DUPLICATE}; {HINTS}; i['mpi_assert_no_any_tag'] = 'true'",
        "d.Set_info(i)",
        "d.Get_info().Get('mpi_assert_no_any_tag') in ('true', None)",
    ),
    ("Comm.Get_info + Free", "", "i = comm.Get_info(); i.Free()", "i == MPI.INFO_NULL"),
    # attributes
    ("Comm.Get_attr of MPI's own", "", "comm.Get_attr(MPI.TAG_UB)", "_ >= 32767"),
    *key("Comm", "comm"),
    *key("Datatype", "MPI.DOUBLE"),
    *key("Win", "w", "w = MPI.Win.Allocate(8, comm=comm); at_end(w.Free); "),
    (
        "Comm.Create_keyval + Free_keyval",
        "",
        "k = MPI.Comm.Create_keyval(); v = MPI.Comm.Free_keyval(k)",
        "k != MPI.KEYVAL_INVALID and v == MPI.KEYVAL_INVALID",
    ),
    (
        "Comm.Dup + Free with a copied attribute",
        "k = MPI.Comm.Create_keyval(lambda o, k, x: x + 1, lambda o, k, x: None); at_end(MPI.Comm.Free_keyval, k);"
        " comm.Set_attr(k, 5); at_end(comm.Delete_attr, k)",
        "d = comm.Dup(); v = d.Get_attr(k); d.Free()",
        "v == 6",
    ),
    # error handlers
    ("Comm.Get_errhandler + Free", "", "e = comm.Get_errhandler(); n = e == MPI.ERRORS_RETURN; e.Free()", "n is True"),
    (
        "Comm.Set_errhandler",
        f"{DUPLICATE}; d.Set_errhandler(MPI.ERRORS_ARE_FATAL)",
        "d.Set_errhandler(MPI.ERRORS_RETURN)",
        "d.Get_errhandler() == MPI.ERRORS_RETURN",
    ),
    ("Comm.Call_errhandler", "", "comm.Call_errhandler(MPI.ERR_OTHER)", "_ is None"),
    (
        "Comm.Call_errhandler in Python",
        "x = [None]\ndef call(comm, code): x[0] = code\n"
        f"{DUPLICATE}; e = MPI.Comm.Create_errhandler(call); at_end(e.Free); d.Set_errhandler(e)",
        "d.Call_errhandler(MPI.ERR_RANK)",
        "x[0] == MPI.ERR_RANK",
    ),
    ("a failed call", "", FAILS, "v.Get_error_class() == MPI.ERR_ROOT"),
    ("Exception", "", "MPI.Exception(MPI.ERR_RANK)", "_.Get_error_code() == MPI.ERR_RANK"),
    (
        "Add_error_class + Remove_error_class",
        "",
        "k = MPI.Add_error_class(); MPI.Remove_error_class(k)",
        "k > MPI.ERR_LASTCODE",
    ),
    # sessions
    ("Session.Init + Finalize", "", "s = MPI.Session.Init(); s.Finalize()", "s == MPI.SESSION_NULL"),
    ("Session.Get_num_psets", SESSION, "s.Get_num_psets()", "_ >= 2"),
    ("Session.Get_nth_pset", SESSION, "s.Get_nth_pset(0)", "_.startswith('mpi://')"),
    (
        "Session.Get_pset_info + Free",
        SESSION,
        "i = s.Get_pset_info('mpi://WORLD'); v = i.Get('mpi_size'); i.Free()",
        "v == '1'",
    ),
    ("Session.Create_group + Free", SESSION, "g = s.Create_group('mpi://SELF'); n = g.Get_size(); g.Free()", "n == 1"),
    # more groups and communicators
    ("Group.Union + Free", GROUP, "u = MPI.Group.Union(g, g); u.Free()", "u == MPI.GROUP_NULL"),
    ("Group.Range_incl + Free", GROUP, "u = g.Range_incl([(0, 0, 1)]); u.Free()", "u == MPI.GROUP_NULL"),
    ("Comm.Create_group + Free", GROUP, "d = comm.Create_group(g); n = d.size; d.Free()", "n == 1"),
    ("Comm.Split_type + Free", "", "d = comm.Split_type(MPI.COMM_TYPE_SHARED); d.Free()", "d == MPI.COMM_NULL"),
    ("Comm.Idup + Wait + Free", "", "d, r = comm.Idup(); r.Wait(); d.Free()", "d == MPI.COMM_NULL"),
]
