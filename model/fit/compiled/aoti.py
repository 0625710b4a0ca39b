"""A compiled graph called by its C interface, so that other threads of Python go on meanwhile.

PyTorch's own loader holds Python's lock until a graph is done (pytorch/pytorch#197516): the event loop of a
service would stand still during each fit, and several fits would take turns. The interface is that of
torch/csrc/inductor/aoti_runtime/interface.h; ctypes lets go of the lock around calls of it.
"""

import ctypes
import json
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from ctypes import POINTER, c_char_p, c_int32, c_size_t, c_void_p, py_object
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

Run = Callable[[list[Tensor]], Sequence[Tensor]]

_PREFIX = "AOTInductorModelContainer"
_HANDLES = POINTER(c_void_p)

# Of Python itself, by which PyTorch hands out and takes back its handles of tensors.
_address = ctypes.PYFUNCTYPE(c_void_p, py_object, c_char_p)(("PyCapsule_GetPointer", ctypes.pythonapi))
_capsule = ctypes.PYFUNCTYPE(py_object, c_void_p, c_char_p, c_void_p)(("PyCapsule_New", ctypes.pythonapi))


def open_graph(package: Path, threads: int) -> Run:
    """Return what runs the graph of a package that `aoti_compile_and_package` wrote.

    Args:
        package: the file; it was looked over before.
        threads: how many may run it at a time.

    Raises:
        RuntimeError: it can't be loaded.
    """
    found = package.stat()
    return _opened(package, (found.st_ino, found.st_mtime_ns), threads)


@cache  # A library stays in the process's memory: what is loaded anew with other weights is the same one.
def _opened(package: Path, _: tuple[int, int], threads: int) -> Run:
    try:
        with zipfile.ZipFile(package) as archive:
            if _calls_back(archive):
                return _by_loader(package, threads)
            (name,) = (name for name in archive.namelist() if name.endswith(".wrapper.so"))
            # As PyTorch's loader does: a library that is loaded needs no file any more.
            with tempfile.TemporaryDirectory() as folder:
                return _Library(archive.extract(name, folder), threads)
    except (OSError, AttributeError, ValueError, zipfile.BadZipFile) as error:
        raise RuntimeError(str(error)) from error


def _calls_back(archive: zipfile.ZipFile) -> bool:
    """Return whether the graph uses operators that only PyTorch's own loader can call for it."""
    lists = (name for name in archive.namelist() if name.endswith(".wrapper.json"))
    return any(json.loads(archive.read(name)).get("nodes") for name in lists)


def _by_loader(package: Path, threads: int) -> Run:
    # Its Python wrapper takes seconds to import.
    graph: Run = torch._C._aoti.AOTIModelPackageLoader(str(package), "model", False, threads, -1).boxed_run
    return graph


class _Library:
    """A graph's library, called without Python's lock.

    Args:
        path: of the library.
        threads: that may call it at a time; further ones wait.
    """

    def __init__(self, path: str, threads: int) -> None:
        self._library = ctypes.CDLL(path)
        self._container, answers = c_void_p(), c_size_t()
        create = self._function("CreateWithDevice", POINTER(c_void_p), c_size_t, c_char_p, c_char_p)
        count = self._function("GetNumOutputs", c_void_p, POINTER(c_size_t))
        self._run = self._function(
            "Run", c_void_p, _HANDLES, c_size_t, _HANDLES, c_size_t, c_void_p, c_void_p
        )
        if create(self._container, threads, b"cpu", None) or count(self._container, answers):
            raise RuntimeError("the graph could not be set up")
        self._answers = c_void_p * answers.value

    def _function(self, name: str, *arguments: Any) -> Any:
        found = self._library[_PREFIX + name]
        found.argtypes, found.restype = arguments, c_int32
        return found

    def __call__(self, given: list[Tensor]) -> Sequence[Tensor]:
        """Run it; RuntimeError if it fails, with the reason on standard error."""
        # What is handed over belongs to the graph from then on, and what comes back to the caller.
        capsules = torch._C._aoti.unsafe_alloc_void_ptrs_from_tensors(given)
        # To let go of the last handle of a tensor that Python knows, a graph would wait for Python's lock.
        kept = torch._C._aoti.unsafe_alloc_void_ptrs_from_tensors(given)
        handles = (c_void_p * len(given))(*[_address(capsule, None) for capsule in capsules])
        answers = self._answers()
        try:
            if self._run(self._container, handles, len(given), answers, len(answers), None, None):
                raise RuntimeError("a compiled graph failed")
        finally:
            torch._C._aoti.alloc_tensors_by_stealing_from_void_ptrs(kept)
        made: list[Tensor] = torch._C._aoti.alloc_tensors_by_stealing_from_void_ptrs(
            [_capsule(handle, None, None) for handle in answers]
        )
        return made
