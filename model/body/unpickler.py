"""Reads old pickles of arrays without running anything in them.

A pickle is a program: it names functions and calls them. Here every name that the file of a body may use
stands for a `Record`, a class that only notes what it was called with; every other name is refused. So
loading yields a tree of notes, from which `model.body.pickled_arrays` works out the arrays.
"""

import pickle
from pathlib import Path
from typing import Any, ClassVar, NoReturn

from model.body.arrays import BodyError


class _Frozen(type):
    """Classes that a pickle can't change: BUILD may set attributes on whatever is on the stack."""

    def __setattr__(cls, name: str, value: object) -> NoReturn:
        raise pickle.UnpicklingError(f"an attribute '{name}' may not be set on a class")


class Record(metaclass=_Frozen):
    """A note that a pickle called `origin` with `args` and then gave the result `state`. Does nothing."""

    __slots__ = ("args", "state")
    origin: ClassVar[str] = ""
    args: tuple[Any, ...]
    state: Any

    def __new__(cls, *args: object, **_kwargs: object) -> "Record":
        """Keep the arguments of a pickled constructor call, without calling it."""
        record = super().__new__(cls)
        record.args = args
        record.state = None
        return record

    def __setstate__(self, state: object) -> None:
        self.state = state


def _record(origin: str) -> _Frozen:
    return _Frozen(origin, (Record,), {"__slots__": (), "origin": origin})


_MODULES: dict[str, tuple[str, ...]] = {
    "Ch": ("chumpy.ch", "chumpy"),
    "Select": ("chumpy.reordering",),
    "csc_matrix": ("scipy.sparse.csc", "scipy.sparse._csc", "scipy.sparse"),
    "csr_matrix": ("scipy.sparse.csr", "scipy.sparse._csr", "scipy.sparse"),
    "_reconstruct": ("numpy.core.multiarray", "numpy._core.multiarray"),
    "scalar": ("numpy.core.multiarray", "numpy._core.multiarray"),
    "_frombuffer": ("numpy.core.numeric", "numpy._core.numeric"),
    "ndarray": ("numpy",),
    "dtype": ("numpy",),
    "_reconstructor": ("copy_reg", "copyreg"),
    "object": ("__builtin__", "builtins"),
    "set": ("__builtin__", "builtins"),
    "encode": ("_codecs",),
}

_RECORDS: dict[str, _Frozen] = {name: _record(name) for name in _MODULES}

ALLOWED: dict[tuple[str, str], _Frozen] = {
    (module, name): _RECORDS[name] for name, modules in _MODULES.items() for module in modules
}
"""Every (module, name) that a pickle may use, and the record that stands for it."""


# Python's own unpickler and not the one in C: its memo is a dict, so that a number in the file can't claim
# gigabytes, and codes of the extension registry, which may be cached past `find_class`, can be refused.
class RecordUnpickler(pickle._Unpickler):
    """Unpickler that knows the names in `ALLOWED` and nothing else."""

    def find_class(self, module: str, name: str) -> _Frozen:
        """Return the record that stands for a name; BodyError, naming it, if it isn't on the list."""
        try:
            return ALLOWED[module, name]
        except KeyError:
            raise BodyError(f"it asks for '{module}.{name}', which no body file needs") from None

    def get_extension(self, code: int) -> NoReturn:
        """Refuses every code of the extension registry."""
        raise BodyError(f"it asks for extension {code}, which no body file needs")


def read_pickle(path: Path) -> object:
    """Load a pickle as plain values and records; strings of Python 2 are read as latin-1.

    Raises:
        BodyError: the file can't be read, isn't a pickle, or asks for anything that isn't on the list.
    """
    try:
        with path.open("rb") as file:
            return RecordUnpickler(file, encoding="latin1").load()
    except BodyError as error:
        raise BodyError(f"'{path}' was refused: {error}.") from error
    except OSError as error:
        raise BodyError(f"'{path}' can't be read: {error.strerror}.") from error
    except Exception as error:  # broken pickles end in exceptions of nearly every kind
        raise BodyError(f"'{path}' is damaged, cut short or no pickle at all.") from error
