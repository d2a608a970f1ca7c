"""``MPI.Exception``: an MPI error code as a Python exception."""

__all__ = ["Exception"]

# The extension module; it puts itself here, and imports the class from here.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import MPI
else:
    MPI = None


class Exception(RuntimeError):  # noqa: A001
    """Exception class: an MPI error code (MPI 5.0, section 9.4).

    It compares, hashes and converts as its error code, ``args[0]``.
    """

    __module__ = "mpi4py.MPI"

    def __init__(self, ierr: int = 0, /) -> None:
        """Make the exception of error code ``ierr``; a code below ``SUCCESS`` counts as unknown."""
        try:
            # By far the most frequent: what RuntimeError has made of the argument will do.
            (code,) = self.args
            if code is ierr and code.__class__ is int and 0 < code <= 0x7FFFFFFF:
                return
        except ValueError:
            pass
        try:
            code = ierr.__int__()
        except AttributeError:
            raise TypeError(f"an error code is an integer, not {type(ierr).__name__}") from None
        if abs(code) > 0x7FFFFFFF:
            raise OverflowError(f"{code} does not fit into the int of an error code")
        super().__init__(code if code >= MPI.SUCCESS else MPI.ERR_UNKNOWN)

    def __int__(self) -> int:
        return self.args[0]

    def __bool__(self) -> bool:
        return self.args[0] != MPI.SUCCESS

    def __hash__(self) -> int:
        return hash(self.args[0])

    def __eq__(self, other: object, /) -> bool:
        return self.args[0] == other

    def __ne__(self, other: object, /) -> bool:
        return self.args[0] != other

    def __lt__(self, other: int, /) -> bool:
        return self.args[0] < other

    def __le__(self, other: int, /) -> bool:
        return self.args[0] <= other

    def __gt__(self, other: int, /) -> bool:
        return self.args[0] > other

    def __ge__(self, other: int, /) -> bool:
        return self.args[0] >= other

    def __repr__(self) -> str:
        return f"MPI.Exception({self.args[0]})"

    def __str__(self) -> str:
        return self.Get_error_string()

    def Get_error_code(self) -> int:
        """Error code."""
        return self.args[0]

    def Get_error_class(self) -> int:
        """Error class."""
        return MPI.Get_error_class(self.args[0])

    def Get_error_string(self) -> str:
        """Error string."""
        return MPI.Get_error_string(self.args[0])

    error_code = property(Get_error_code)
    error_class = property(Get_error_class)
    error_string = property(Get_error_string)
