"""The restricted unpickler: whatever a pickle asks for beyond arrays is refused by name, and nothing runs."""

import copyreg
import os
import pickle
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.body.arrays import BodyError
from model.body.pickled_arrays import value_of
from model.body.smpl_file import import_smpl
from model.body.unpickler import ALLOWED, Record, read_pickle
from tests.model.body.smpl_writer import Ch, csc_matrix, python2_pickle

EXTENSION = 0xF7


def short(text: str) -> bytes:
    """Opcodes of protocol 4 for a short text."""
    return b"\x8c" + bytes([len(text)]) + text.encode()


def attacks(marker: str) -> dict[str, tuple[bytes, str]]:
    """Pickles that would write the file `marker`, each with the name that is to be refused."""
    command = f"touch {marker}"
    quoted = f"S'{command}'\n".encode()
    code = f"open({marker!r}, 'w').close()"
    python = f'S"{code}"\n'.encode()
    call = b"(" + quoted + b"tR"
    empty_state = b"ccopy_reg\n_reconstructor\n(cchumpy.ch\nCh\nc__builtin__\nobject\nNtR"
    return {
        "system": (b"cos\nsystem\n" + call + b".", "os.system"),
        "posix": (b"cposix\nsystem\n" + call + b".", "posix.system"),
        "subprocess": (b"csubprocess\ngetoutput\n" + call + b".", "subprocess.getoutput"),
        "eval": (b"c__builtin__\neval\n(" + python + b"tR.", "__builtin__.eval"),
        "exec": (b"cbuiltins\nexec\n(" + python + b"tR.", "builtins.exec"),
        "open": (b"cbuiltins\nopen\n(" + f"S'{marker}'\nS'w'\n".encode() + b"tR.", "builtins.open"),
        "stack global": (
            b"\x80\x04" + short("os") + short("system") + b"\x93" + short(command) + b"\x85R.",
            "os.system",
        ),
        "dotted name": (
            b"\x80\x04" + short("shutil") + short("os.system") + b"\x93" + short(command) + b"\x85R.",
            "shutil.os.system",
        ),
        "inst": (b"(" + quoted + b"ios\nsystem\n.", "os.system"),
        "obj": (
            b"(csubprocess\nPopen\n](S'touch'\n" + f"S'{marker}'\n".encode() + b"eo.",
            "subprocess.Popen",
        ),
        "extension": (b"\x80\x02\x82" + bytes([EXTENSION]) + quoted + b"\x85R.", f"extension {EXTENSION}"),
        "in a dictionary": (b"(dS'bs_type'\ncos\nsystem\n" + call + b"s.", "os.system"),
        "in chumpy's state": (empty_state + b"(dS'x'\ncos\nsystem\n" + call + b"sb.", "os.system"),
        "in an array's arguments": (
            b"cnumpy.core.multiarray\n_reconstruct\n(cos\nsystem\n" + call + b"tR.",
            "os.system",
        ),
        "as a class to build": (
            b"ccopy_reg\n_reconstructor\n(csubprocess\nPopen\nc__builtin__\nobject\nNtR.",
            "subprocess.Popen",
        ),
    }


REFUSED_NAMES = {
    "numpy load": b"cnumpy\nload\n(S'x.npy'\ntR.",
    "numpy fromfile": b"cnumpy.core.multiarray\nfromfile\n(S'x.npy'\ntR.",
    "numpy runstring": b"cnumpy.testing._private.utils\nrunstring\n(S'1'\n(dtR.",
    "torch load": b"ctorch\nload\n(S'x.pt'\ntR.",
    "getattr": b"c__builtin__\ngetattr\n(cnumpy\nndarray\nS'tofile'\ntR.",
    "import": b"c__builtin__\n__import__\n(S'os'\ntR.",
    "pickle": b"cpickle\nloads\n(S'.'\ntR.",
    "constructor": b"ccopy_reg\n__newobj__\n(cnumpy\nndarray\ntR.",
    "other chumpy": b"cchumpy.utils\ntimer\n)R.",
    "other scipy": b"cscipy.sparse.csc\ncsc_matrix.__init__\n)R.",
    "metaclass": b"\x80\x04" + short("chumpy.ch") + short("Ch.__class__") + b"\x93.",
}

CASES = list(attacks("marker"))
RUNS_NOTHING_PLAINLY = {"in an array's arguments", "as a class to build", "in chumpy's state"}
"""Attacks that fail in Python's own unpickler too, for want of chumpy or for wrong arguments."""


@pytest.fixture
def extension() -> Iterator[None]:
    """`os.system` in the registry of extension codes, and in its cache, where `find_class` isn't asked."""
    copyreg.add_extension("os", "system", EXTENSION)
    vars(copyreg)["_extension_cache"][EXTENSION] = os.system
    yield
    copyreg.remove_extension("os", "system", EXTENSION)


@pytest.mark.usefixtures("extension")
@pytest.mark.parametrize("case", CASES)
def test_attacks_are_refused_by_name_and_run_nothing(case: str, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    attack, name = attacks(str(marker))[case]
    path = tmp_path / "evil.pkl"
    path.write_bytes(attack)
    with pytest.raises(BodyError, match="was refused: it asks for ") as caught:
        import_smpl(path)
    assert name in str(caught.value)
    assert not marker.exists()


@pytest.mark.usefixtures("extension")
@pytest.mark.parametrize("case", sorted(set(CASES) - RUNS_NOTHING_PLAINLY))
def test_the_attacks_are_real(case: str, tmp_path: Path) -> None:
    """Python's own unpickler does run them; else the test above would prove nothing."""
    marker = tmp_path / "ran"
    value = pickle.loads(attacks(str(marker))[case][0])
    for finish in {"wait", "close"} & set(dir(value)):
        getattr(value, finish)()
    assert marker.exists()


@pytest.mark.parametrize("attack", REFUSED_NAMES.values(), ids=REFUSED_NAMES.keys())
def test_names_off_the_list_are_refused(attack: bytes, tmp_path: Path) -> None:
    path = tmp_path / "evil.pkl"
    path.write_bytes(attack)
    with pytest.raises(BodyError, match=r"was refused: it asks for '[\w.]+', which no body file needs"):
        read_pickle(path)


DISTORTED = {
    "attributes on a class": b"cchumpy.ch\nCh\n(N(dS'__new__'\ncnumpy\ndtype\nstb.",
    "state on a class": b"cchumpy.ch\nCh\n(dS'args'\nI1\nsb.",
    "persistent id": b"Pwhatever\n.",
    "call of no function": b"I1\n(tR.",
    "append to a record": b"cnumpy\ndtype\n)RI1\na.",
    "unknown memo": b"h\x07.",
    "huge memo index": b"\x80\x02Nr\xff\xff\xff\x7f0j\xff\xff\xff\x6f.",
    "huge length": b"\x80\x04\x8d" + b"\xff" * 7 + b"\x7f.",
}


@pytest.mark.parametrize("content", DISTORTED.values(), ids=DISTORTED.keys())
def test_distorted_pickles_are_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "odd.pkl"
    path.write_bytes(content)
    with pytest.raises(BodyError, match="is damaged, cut short or no pickle at all"):
        read_pickle(path)
    assert all(issubclass(record, Record) and not vars(record).get("args") for record in ALLOWED.values())


def array_call(dtype: bytes, data: bytes, shape: bytes = b"(I2\nt") -> bytes:
    """An ndarray of Python 2 with the given type, raw data and shape."""
    start = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR"
    return start + b"(I1\n" + shape + dtype + b"I00\n" + data + b"tb."


def dtype_call(code: bytes, order: bytes = b"<") -> bytes:
    """A dtype of Python 2."""
    return b"cnumpy\ndtype\n(S'" + code + b"'\nI0\nI1\ntR(I3\nS'" + order + b"'\nNNNI-1\nI-1\nI0\ntb"


BYTES = b"S'" + b"\\x00" * 16 + b"'\n"

CYCLE = b"\x80\x02cchumpy.ch\nCh\n)\x81q\x00}U\x01xh\x00sb."

NO_ARRAYS = {
    "object type": array_call(dtype_call(b"O8", b"|"), BYTES),
    "list of objects": array_call(dtype_call(b"O8", b"|"), b"(I1\nI2\nl"),
    "structured type": array_call(dtype_call(b"f8,f8"), BYTES),
    "order that is a type": array_call(dtype_call(b"f8", b"O,"), BYTES),
    "too few bytes": array_call(dtype_call(b"f8"), b"S'abc'\n"),
    "too large a shape": array_call(dtype_call(b"f8"), BYTES, b"(I4000000000\nI4000000000\nt"),
    "no type": array_call(b"N", BYTES),
    "bare name": b"cnumpy\nndarray\n.",
    "call of a type": b"cnumpy\nndarray\n((I1000000\nI1000000\nttR.",
    "text": b"S'abc'\n.",
    "nothing": b"N.",
    "itself": CYCLE,
}


@pytest.mark.parametrize("content", NO_ARRAYS.values(), ids=NO_ARRAYS.keys())
def test_what_is_no_array_of_numbers_is_refused_when_asked_for(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "odd.pkl"
    path.write_bytes(content)
    value = read_pickle(path)
    with pytest.raises(BodyError, match="weights can't be read as an array of numbers"):
        value_of(value, path, "weights")


def test_the_builders_of_odd_arrays_build_good_ones_too(tmp_path: Path) -> None:
    path = tmp_path / "good.pkl"
    path.write_bytes(array_call(dtype_call(b"f8"), BYTES))
    np.testing.assert_array_equal(value_of(read_pickle(path), path, "weights"), [0.0, 0.0])


SPARSE = {
    "huge": {"_shape": (10**9, 3)},
    "index out of range": {"indices": np.array([0, 9])},
    "negative index": {"indices": np.array([0, -1])},
    "starts beyond the data": {"indptr": np.array([0, 1, 2, 10**12])},
    "starts that fall": {"indptr": np.array([0, 2, 1, 2])},
    "another number of columns": {"_shape": (2, 4)},
    "no shape": {"_shape": None},
}


@pytest.mark.parametrize("change", SPARSE.values(), ids=SPARSE.keys())
def test_sparse_matrices_that_contradict_themselves_are_refused(
    change: dict[str, object], tmp_path: Path
) -> None:
    matrix = csc_matrix(np.array([[0.0, 2.0, 0.0], [3.0, 0.0, 0.0]]))
    path = tmp_path / "sparse.pkl"
    path.write_bytes(python2_pickle(matrix, 2))
    np.testing.assert_array_equal(value_of(read_pickle(path), path, "J"), [[0, 2, 0], [3, 0, 0]])
    vars(matrix).update(change)
    path.write_bytes(python2_pickle(matrix, 2))
    with pytest.raises(BodyError, match="J can't be read as an array of numbers"):
        value_of(read_pickle(path), path, "J")


@given(st.data())
def test_a_pickle_with_bytes_changed_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Damage of any kind ends in an array of numbers or in our own exception."""
    whole = bytearray(python2_pickle({"a": Ch(np.arange(4.0)), "b": csc_matrix(np.eye(2))}, 2))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "changed.pkl"
    path.write_bytes(whole)
    try:
        content = read_pickle(path)
        values = (
            [value_of(value, path, "x") for value in content.values()] if isinstance(content, dict) else []
        )
    except BodyError:
        return
    assert all(value.dtype.kind in "iuf" for value in values)
