"""Files: a temporary file in memory where the system has such a place, else on disk."""

import os
import tempfile

FOLDER = "/dev/shm" if os.access("/dev/shm", os.W_OK) else tempfile.gettempdir()
PLACE = (
    f"import os, tempfile; d = tempfile.TemporaryDirectory(prefix='mpi4py-bench-', dir={FOLDER!r}); at_end(d.cleanup);"
    " path = d.name + '/file'; mode = MPI.MODE_CREATE | MPI.MODE_RDWR"
)
# The file holds `a`; it is read into `b`, and what is written is `c`, which is `a` from its end.
FILE = (
    f"{PLACE}; f = MPI.File.Open(comm, path, mode); at_end(f.Close);"
    " c[:] = a[::-1]; f.Write_at(0, a); s = MPI.Status()"
)
DOUBLES = f"{FILE}; f.Set_view(0, MPI.DOUBLE)"
BYTES = f"{FILE}; x = bytearray(8)"
READ = "(b == a).all()"
# What another handle of the system finds there.
WRITTEN = "(np.fromfile(path) == c).all()"


def file(call, statement, check, setup=FILE):
    return (f"File.{call}", setup, statement, check)


STATEMENTS = [
    # name, setup, statement, check
    file("Open + Close", "f = MPI.File.Open(comm, path, mode); f.Close()", "f == MPI.FILE_NULL", PLACE),
    # explicit offsets, and every way to name the memory
    file("Read_at", "f.Read_at(0, b)", READ),
    file("Read_at with status", "f.Read_at(0, b, s)", f"{READ} and s.Get_count(MPI.DOUBLE) == 8"),
    file("Read_at [data, count, type]", "f.Read_at(8, [b, 4, MPI.DOUBLE])", "list(b) == [2, 3, 4, 5, 0, 0, 0, 0]"),
    file("Read_at to bytearray", "f.Read_at(0, x)", "bytes(x) == a[:1].tobytes()", BYTES),
    file("Read_at in a view", "f.Read_at(2, [b, 4])", "list(b) == [3, 4, 5, 6, 0, 0, 0, 0]", DOUBLES),
    file("Read_at_all", "f.Read_at_all(0, b)", READ),
    file("Write_at", "f.Write_at(0, c)", WRITTEN),
    file(
        "Write_at [data, count, displ, type]",
        "f.Write_at(0, [c, 4, 4, 'd'])",
        "np.fromfile(path).tolist() == [4, 3, 2, 1, 5, 6, 7, 8]",
    ),
    file("Write_at bytes", "f.Write_at(0, b'12345678')", "open(path, 'rb').read() == b'12345678' + a[1:].tobytes()"),
    file("Write_at DLPack", "f.Write_at(0, x)", WRITTEN, f"{FILE}; x = OnlyDLPack(c)"),
    file("Write_at_all", "f.Write_at_all(0, c)", WRITTEN),
    file("Iread_at + Wait", "f.Iread_at(0, b).Wait()", READ),
    file("Iwrite_at + Wait", "f.Iwrite_at(0, c).Wait()", WRITTEN),
    file("Iread_at_all + Wait", "f.Iread_at_all(0, b).Wait()", READ),
    file("Iwrite_at_all + Wait", "f.Iwrite_at_all(0, c).Wait()", WRITTEN),
    file("Read_at_all_begin + end", "f.Read_at_all_begin(0, b); f.Read_at_all_end(b)", READ),
    file("Write_at_all_begin + end", "f.Write_at_all_begin(0, c); f.Write_at_all_end(c)", WRITTEN),
    # the process's own pointer
    file("Seek + Read", "f.Seek(0); f.Read(b)", READ),
    file("Seek + Write", "f.Seek(0); f.Write(c)", WRITTEN),
    file("Seek + Read_all", "f.Seek(0); f.Read_all(b)", READ),
    file("Seek + Write_all", "f.Seek(0); f.Write_all(c)", WRITTEN),
    file("Seek + Iread + Wait", "f.Seek(0); f.Iread(b).Wait()", READ),
    file("Seek + Iwrite + Wait", "f.Seek(0); f.Iwrite(c).Wait()", WRITTEN),
    file("Seek", "f.Seek(24)", "f.Get_position() == 24"),
    file("Seek from the end", "f.Seek(-8, MPI.SEEK_END)", "f.Get_position() == 56"),
    file("Get_position", "f.Get_position()", "_ == 40", f"{FILE}; f.Seek(40)"),
    # the shared pointer
    file("Seek_shared + Read_shared", "f.Seek_shared(0); f.Read_shared(b)", READ),
    file("Seek_shared + Write_shared", "f.Seek_shared(0); f.Write_shared(c)", WRITTEN),
    file("Seek_shared + Read_ordered", "f.Seek_shared(0); f.Read_ordered(b)", READ),
    file("Seek_shared + Write_ordered", "f.Seek_shared(0); f.Write_ordered(c)", WRITTEN),
    file("Get_position_shared", "f.Get_position_shared()", "_ == 40", f"{FILE}; f.Seek_shared(40)"),
    # the view
    file(
        "Set_view",
        "f.Set_view(16, MPI.DOUBLE, MPI.DOUBLE, 'native')",
        "f.Read_at(1, [b, 4]) is None and list(b) == [4, 5, 6, 7, 0, 0, 0, 0]",
    ),
    file("Get_view", "f.Get_view()", "_ == (0, MPI.DOUBLE, MPI.DOUBLE, 'native')", DOUBLES),
    file("Get_byte_offset", "f.Get_byte_offset(3)", "_ == 24", DOUBLES),
    file("Get_type_extent", "f.Get_type_extent(MPI.DOUBLE)", "_ == 8"),
    # the file itself
    file("Get_size", "f.Get_size()", "_ == 64"),
    file("Set_size", "f.Set_size(40)", "f.Get_size() == 40"),
    file("Preallocate", "f.Preallocate(80)", "f.Get_size() == 80"),
    file("Get_amode", "f.Get_amode()", "_ == mode"),
    file("amode", "f.amode", "_ == mode"),
    file("Get_atomicity", "f.Get_atomicity()", "_ is False"),
    file("Set_atomicity", "f.Set_atomicity(True)", "f.Get_atomicity() is True"),
    file("Sync", "f.Sync()", "_ is None"),
    file("Get_group + Free", "g = f.Get_group(); n = g.Get_size(); g.Free()", "n == 1 and g == MPI.GROUP_NULL"),
    file("Get_info + Free", "i = f.Get_info(); n = i.Get_nkeys(); i.Free()", "n > 0 and i == MPI.INFO_NULL"),
    file("Delete", "open(path, 'x').close(); MPI.File.Delete(path)", "os.listdir(d.name) == []", PLACE),
]
