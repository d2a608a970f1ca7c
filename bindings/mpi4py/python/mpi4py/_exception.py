"""``MPI.Exception``: an MPI error code as a Python exception."""

__all__ = ["Exception"]


class Exception(RuntimeError):  # noqa: A001
    """Exception class: an MPI error code (MPI 5.0, section 9.4)."""

    __module__ = "mpi4py.MPI"
    __slots__ = ("ob_mpi",)

    def __new__(cls, ierr=0, /):
        """Make the exception of error code ``ierr``; a code below ``SUCCESS`` counts as unknown."""
        from mpi4py import MPI

        self = super().__new__(cls, ierr)
        self.ob_mpi = int(ierr) if ierr >= MPI.SUCCESS else MPI.ERR_UNKNOWN
        return self

    def __init__(self, ierr=0, /):
        super().__init__(self.ob_mpi)

    def __eq__(self, other):
        return self.ob_mpi == getattr(other, "ob_mpi", other)

    def __ne__(self, other):
        return self.ob_mpi != getattr(other, "ob_mpi", other)

    def __lt__(self, other):
        return self.ob_mpi < getattr(other, "ob_mpi", other)

    def __le__(self, other):
        return self.ob_mpi <= getattr(other, "ob_mpi", other)

    def __gt__(self, other):
        return self.ob_mpi > getattr(other, "ob_mpi", other)

    def __ge__(self, other):
        return self.ob_mpi >= getattr(other, "ob_mpi", other)

    def __hash__(self):
        return hash(self.ob_mpi)

    def __bool__(self):
        from mpi4py import MPI

        return self.ob_mpi != MPI.SUCCESS

    def __int__(self):
        return self.ob_mpi

    def __repr__(self):
        return f"MPI.Exception({self.ob_mpi})"

    def __str__(self):
        return self.Get_error_string()

    def Get_error_code(self):
        """Error code."""
        return self.ob_mpi

    def Get_error_class(self):
        """Error class."""
        from mpi4py import MPI

        return MPI.Get_error_class(self.ob_mpi)

    def Get_error_string(self):
        """Error string."""
        from mpi4py import MPI

        return MPI.Get_error_string(self.ob_mpi)

    error_code = property(Get_error_code)
    error_class = property(Get_error_class)
    error_string = property(Get_error_string)
