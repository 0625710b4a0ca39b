"""Licensed benchmarks by name, given as `NAME=PATH`."""

from collections.abc import Callable
from pathlib import Path

from model.benchmark.dataset import DatasetError, EvaluationSet
from model.benchmark.readers.agora import read_agora
from model.benchmark.readers.ehf import read_ehf
from model.benchmark.readers.h36m import read_h36m
from model.benchmark.readers.threedpw import read_3dpw
from model.benchmark.readers.truth import Truth

READERS: dict[str, Callable[[Path, Truth], EvaluationSet]] = {
    "3dpw-test": lambda path, truth: read_3dpw(path, "test", truth),
    "3dpw-validation": lambda path, truth: read_3dpw(path, "validation", truth),
    "agora": read_agora,
    "ehf": read_ehf,
    "h36m": read_h36m,
}


def read_named(text: str, truth: Truth) -> EvaluationSet:
    """A benchmark by its name and place, "ehf=data/EHF".

    Raises:
        DatasetError: the name is unknown, or the files can't be used.
    """
    name, equals, path = text.partition("=")
    if not equals or name not in READERS:
        raise DatasetError(f"A data set is NAME=PATH with a name of {', '.join(READERS)}, not '{text}'.")
    return READERS[name](Path(path), truth)
