"""Exceptions that cross from a worker to the master."""

import traceback
from dataclasses import dataclass

from mpi4py import MPI


class RemoteTraceback(Exception):
    """The traceback of an exception in a worker, as text: the ``__cause__`` of that exception at the master."""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True, slots=True)
class Failure:
    """What a worker sends in place of a result."""

    exception: BaseException
    where: str

    @classmethod
    def of(cls, exception: BaseException, group: MPI.Intracomm) -> "Failure":
        """An exception that was just caught, in a worker of `group`."""
        text = "".join(traceback.format_exception(exception))
        place = f"Worker {group.Get_rank()} of {group.Get_size()} on {MPI.Get_processor_name()}"
        return cls(exception, f'\n### {place}\n"""\n{text}"""')

    def unwrap(self) -> BaseException:
        """The exception as the master raises it."""
        self.exception.__cause__ = RemoteTraceback(self.where)
        return self.exception
