"""Importing licensed SMPL files: every format that is about, and a clear sentence for all others."""

import pickle
import sys
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import scipy.sparse

from model.body.arrays import BodyArrays, BodyError
from model.body.body import Body, dense_skinning
from model.body.file import load_body_arrays, save_body
from model.body.joints import PARENTS
from model.body.smpl_file import import_smpl
from tests.model.body.smpl_writer import Ch, Select, as_published, python2_pickle, smpl_arrays
from tests.model.body.smplx_peer import posed_by_smplx, random_poses, smplx_body

Table = dict[str, Any]


@cache
def arrays() -> dict[str, np.ndarray]:
    return smpl_arrays(seed=1)


def resaved(table: Table, protocol: int) -> bytes:
    """The table as a tool of today saves it again: Python 3, numpy and scipy of today, chumpy kept."""
    sparse = scipy.sparse.csc_matrix(table["J_regressor"])
    return pickle.dumps(table | {"J_regressor": sparse, "shapedirs": Ch(table["shapedirs"])}, protocol)


def published(table: Table, protocol: int) -> bytes:
    return python2_pickle(as_published(table), protocol)


WRITERS: dict[str, Callable[[Table], bytes]] = {
    "python 2, protocol 0": partial(published, protocol=0),
    "python 2, protocol 1": partial(published, protocol=1),
    "python 2, protocol 2": partial(published, protocol=2),
    "python 3, protocol 2": partial(resaved, protocol=2),
    "python 3, protocol 4": partial(resaved, protocol=4),
    "python 3, protocol 5": partial(resaved, protocol=5),
    "plain arrays": partial(pickle.dumps, protocol=4),
}


@pytest.fixture(autouse=True)
def stub_of_chumpy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Modules of chumpy's names, so that Python's own pickler finds the classes that it writes."""
    for name, members in {"chumpy": (), "chumpy.ch": (Ch,), "chumpy.reordering": (Select,)}.items():
        module = ModuleType(name)
        for member in members:
            setattr(module, member.__name__, member)
        monkeypatch.setitem(sys.modules, name, module)


def assert_same(body: BodyArrays, table: Table) -> None:
    """The body holds the table's numbers, in single precision."""
    close = partial(np.testing.assert_allclose, rtol=1e-6, atol=1e-8)
    close(body.v_template, table["v_template"])
    close(body.shapedirs, table["shapedirs"][:, :, :10])
    close(body.posedirs, table["posedirs"])
    close(body.j_regressor, table["J_regressor"])
    close(dense_skinning(body).numpy(), table["weights"])
    np.testing.assert_array_equal(body.faces, table["f"])
    assert tuple(body.parents) == PARENTS


@pytest.mark.parametrize("writer", WRITERS.values(), ids=WRITERS.keys())
def test_pickles_of_every_age_give_their_arrays(writer: Callable[[Table], bytes], tmp_path: Path) -> None:
    path = tmp_path / "SMPL_NEUTRAL.pkl"
    path.write_bytes(writer(arrays()))
    body = import_smpl(path)
    assert_same(body, arrays())
    assert body.name == "SMPL_NEUTRAL"
    assert body.skin_joints.shape == (6890, 4)


def test_npz_gives_its_arrays_and_the_given_name(tmp_path: Path) -> None:
    path = tmp_path / "SMPL_MALE.npz"
    np.savez(path, allow_pickle=False, **arrays(), bs_style="lbs")
    body = import_smpl(path, name="male")
    assert_same(body, arrays())
    assert body.name == "male"


def test_fortran_order_and_big_endian_survive(tmp_path: Path) -> None:
    odd = {key: np.asfortranarray(value) for key, value in arrays().items()}
    odd["v_template"] = odd["v_template"].astype(">f8")
    path = tmp_path / "smpl.pkl"
    path.write_bytes(python2_pickle(odd, 2))
    assert_same(import_smpl(path), arrays())


def test_a_row_compressed_regressor_is_read(tmp_path: Path) -> None:
    path = tmp_path / "smpl.pkl"
    sparse = scipy.sparse.csr_matrix(arrays()["J_regressor"])
    path.write_bytes(pickle.dumps(arrays() | {"J_regressor": sparse}))
    assert_same(import_smpl(path), arrays())


def test_of_more_shape_components_the_first_ten_are_kept(tmp_path: Path) -> None:
    many = smpl_arrays(seed=2, n_betas=16)
    path = tmp_path / "smpl.pkl"
    path.write_bytes(published(many, 2))
    assert_same(import_smpl(path), many)


def test_a_chumpy_selection_is_worked_out(tmp_path: Path) -> None:
    many = smpl_arrays(seed=2, n_betas=16)
    entries = np.arange(many["shapedirs"].size).reshape(many["shapedirs"].shape)[:, :, :10]
    chosen = Select(Ch(many["shapedirs"]), entries.ravel(), entries.shape)
    path = tmp_path / "smpl.pkl"
    path.write_bytes(python2_pickle(as_published(many) | {"shapedirs": chosen}, 2))
    assert_same(import_smpl(path), many)


def test_the_imported_body_saved_and_loaded_poses_as_smplx_does(tmp_path: Path) -> None:
    """From the published pickle to a posed mesh, against smplx on the arrays that were pickled."""
    source, target = tmp_path / "smpl.pkl", tmp_path / "smpl.safetensors"
    source.write_bytes(published(arrays(), 2))
    save_body(import_smpl(source), target)
    pose, rotations, betas = random_poses(2, seed=4)
    vertices, joints = posed_by_smplx(smplx_body(arrays()), pose, betas)
    body = Body(load_body_arrays(target))
    assert (body.vertices(rotations, betas) - vertices).abs().max() < 1e-5
    assert (body.skeleton(rotations, betas).joints - joints[:, :24]).abs().max() < 1e-5


def changed(key: str, value: np.ndarray) -> Table:
    return arrays() | {key: value}


def without(key: str) -> Table:
    return {name: value for name, value in arrays().items() if name != key}


def of_size(joints: int, vertices: int) -> Table:
    """A body of another family, its arrays empty but for their shapes."""
    sizes = {"v_template": np.zeros((vertices, 3)), "weights": np.zeros((vertices, joints))}
    return {key: np.zeros(1) for key in arrays()} | sizes


def other_tree() -> np.ndarray:
    table = arrays()["kintree_table"].copy()
    table[0, 5] = 1
    return table


NOT_SMPL: dict[str, tuple[Callable[[], object], str]] = {
    "SMPL+H": (partial(of_size, 52, 6890), r"52 joints and 6890 vertices \(that is SMPL\+H\); only SMPL"),
    "SMPL-X": (partial(of_size, 55, 10475), r"55 joints and 10475 vertices \(that is SMPL-X\)"),
    "animal": (partial(of_size, 35, 3889), "35 joints and 3889 vertices; only SMPL with 24 joints"),
    "no weights": (partial(without, "weights"), "no SMPL file: it lacks weights"),
    "no table": (lambda: [1, 2, 3], "no SMPL file: it holds no table"),
    "few betas": (
        lambda: changed("shapedirs", np.zeros((6890, 3, 9))),
        "has 9 shape components; 10 are needed",
    ),
    "flat posedirs": (
        lambda: changed("posedirs", np.zeros((207, 20670))),
        r"posedirs has the shape \(207, 20670\)",
    ),
    "other tree": (lambda: changed("kintree_table", other_tree()), "kintree_table is not SMPL's skeleton"),
    "text": (
        lambda: changed("v_template", np.array(["a", "b"])),
        "v_template can't be read as an array of numbers",
    ),
    "objects": (lambda: changed("f", np.array([None, {}])), "f can't be read as an array of numbers"),
    "NaN": (
        lambda: changed("v_template", np.full((6890, 3), np.nan)),
        "v_template holds values that are not finite",
    ),
}


@pytest.mark.parametrize(("make", "sentence"), NOT_SMPL.values(), ids=NOT_SMPL.keys())
def test_anything_but_smpl_is_refused_with_a_sentence(
    make: Callable[[], object], sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / "body.pkl"
    path.write_bytes(pickle.dumps(make()))
    with pytest.raises(BodyError, match=sentence):
        import_smpl(path)


def test_an_npz_with_a_pickle_inside_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "smpl.npz"
    np.savez(path, **changed("J_regressor", np.array([{"a": 1}, None])))
    with pytest.raises(BodyError, match="no readable npz of plain arrays"):
        import_smpl(path)


DAMAGED: dict[str, bytes] = {
    "empty": b"",
    "text": b"dear reader,\nthis is a letter\n",
    "png": b"\x89PNG\r\n\x1a\n" + bytes(64),
    "html": b"<!DOCTYPE html><html><body>Please log in</body></html>",
    "zeros": bytes(1000),
    "windows line ends": b"(dp0\r\nS'v_template'\r\np1\r\nI0\r\ns.",
}


@pytest.mark.parametrize("ending", [".pkl", ".npz"])
@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED.keys())
def test_files_of_other_kinds_give_one_sentence(content: bytes, ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"smpl{ending}"
    path.write_bytes(content)
    with pytest.raises(BodyError) as caught:
        import_smpl(path)
    assert str(caught.value).startswith(f"'{path}' is ")
    assert str(caught.value).count("\n") == 0


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
@pytest.mark.parametrize("ending", [".pkl", ".npz"])
def test_truncated_files_give_one_sentence(share: float, ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"smpl{ending}"
    if ending == ".npz":
        np.savez(path, allow_pickle=False, **arrays())
    else:
        path.write_bytes(published(arrays(), 2))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(BodyError, match=r"is damaged, cut short|is no readable npz"):
        import_smpl(path)


@pytest.mark.parametrize("name", ["absent.pkl", "absent.npz", "."])
def test_paths_that_hold_no_file_say_so(name: str, tmp_path: Path) -> None:
    with pytest.raises(BodyError, match=r"can't be read: (No such file|Is a directory)"):
        import_smpl(tmp_path / name)
