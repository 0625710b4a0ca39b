"""Rigs in a GLB: skinning by glTF's rules gives the answer's mesh, for any body."""

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch

from model.body.arrays import BodyArrays
from model.body.body import Body
from model.body.joints import JOINT_NAMES, PARENTS
from model.fit.fitter import Fitter
from model.weights import ServedModel
from service.exchange import fit_document
from service.media import MediaType
from service.response.answer import Answer
from service.response.encode.gltf.document import encode_glb
from service.response.encode.gltf.rig import rig_of, skin_sets
from service.response.encode.scene import placed_people
from tests.service.people import CAMERA, IMAGE, crowd, moved, person
from tests.service.response.encode.conftest import Fit, as_bytes
from tests.service.response.encode.gltf_reader import Gltf

# Weights in 16 bits: half a unit of 1 / 65535 on each of four weights, of joints at most 2 m apart.
SKINNED_WITHIN_METRES = 1e-4


def served_with(served: ServedModel, arrays: BodyArrays) -> ServedModel:
    return dataclasses.replace(served, fitter=Fitter(served.fitter.recovery, Body(arrays)))


def soft_body(arrays: BodyArrays, influences: int, spread: float) -> BodyArrays:
    """Return the body with pose correctives, and with vertices that follow several joints."""
    rng = np.random.default_rng(0)
    v = arrays.n_vertices
    first = arrays.skin_joints[:, :1]
    others = (first + np.arange(1, influences)) % len(JOINT_NAMES)
    weights = spread * rng.dirichlet(np.ones(influences - 1), v)
    return dataclasses.replace(
        arrays,
        posedirs=rng.normal(0, 0.002, (v, 3, 207)).astype(np.float32),
        skin_joints=np.concatenate([first, others], 1),
        skin_weights=np.concatenate([1 - weights.sum(1, keepdims=True), weights], 1).astype(np.float32),
    )


def largest_error(answer: Answer) -> float:
    """Return the largest error of skinning the file by glTF's rules, metres."""
    file = Gltf(encode_glb(answer))
    return max(
        float(np.abs(file.vertices(p.name) - (p.vertices + p.offset)).max()) for p in placed_people(answer)
    )


@pytest.mark.parametrize("extras", [{"camera": CAMERA}, {"image": IMAGE}, {}], ids=["given", "image", "none"])
def test_skinning_gives_the_mesh_of_the_answer(fit: Fit, extras: dict[str, Any]) -> None:
    answer = fit(crowd(1)[0], {}, person(moved(200, 0)), **extras)
    assert largest_error(answer) < SKINNED_WITHIN_METRES


@pytest.mark.parametrize(
    ("influences", "spread", "sets"), [(4, 0.6, 1), (8, 0.6, 2), (8, 0.0005, 1), (12, 0.0015, 1)]
)
def test_bodies_with_correctives_and_many_joints_per_vertex_are_skinned(
    served: ServedModel, influences: int, spread: float, sets: int
) -> None:
    arrays = soft_body(served.fitter.body.arrays, influences, spread)
    answer = fit_document(as_bytes(camera=CAMERA), served_with(served, arrays), MediaType.GLB)
    assert len(skin_sets(arrays)) == sets
    assert largest_error(answer) < (1e-3 if influences > 4 and sets == 1 else SKINNED_WITHIN_METRES)


def test_joints_have_smpls_names_order_and_parents(fit: Fit) -> None:
    file = Gltf(encode_glb(fit(*crowd(2), camera=CAMERA)))
    for skin in file.document["skins"]:
        assert [file.nodes[joint]["name"] for joint in skin["joints"]] == list(JOINT_NAMES)
        for joint, parent in enumerate(PARENTS):
            above = skin["skeleton"] if parent < 0 else skin["joints"][parent]
            assert skin["joints"][joint] in file.nodes[above]["children"]


def test_joint_positions_equal_those_of_the_answer(fit: Fit) -> None:
    answer = fit(*crowd(2), camera=CAMERA)
    file = Gltf(encode_glb(answer))
    for placed in placed_people(answer):
        np.testing.assert_allclose(file.joints(placed.name), placed.fit.joints3d * [1, -1, -1], atol=1e-5)


def test_rotations_below_the_root_equal_the_pose(fit: Fit) -> None:
    answer = fit(camera=CAMERA)
    ((_, fitted),) = answer.fitted
    rotations = rig_of(fitted, answer.body).rotations
    angle = np.linalg.norm(fitted.pose[1:], axis=1)
    np.testing.assert_allclose(2 * np.arccos(np.abs(rotations[1:, 3]).clip(0, 1)), angle, atol=2e-3)
    along = rotations[1:, :3] * np.sign(rotations[1:, 3:])
    np.testing.assert_allclose(along, fitted.pose[1:] * np.sinc(angle / 2 / np.pi)[:, None] / 2, atol=1e-5)


def test_rest_vertices_have_the_shape_of_the_person(fit: Fit) -> None:
    betas = [2.0, *[0.0] * 9]
    answer = fit(camera=CAMERA, options={"betas": betas})
    ((_, fitted),) = answer.fitted
    body = Body(answer.body)
    rest = body.vertices(torch.eye(3).expand(1, 24, 3, 3), torch.tensor([betas]))[0]
    np.testing.assert_allclose(rig_of(fitted, answer.body).vertices, rest, atol=1e-6)


def test_people_share_joints_and_weights(fit: Fit) -> None:
    document = Gltf(encode_glb(fit(*crowd(3), camera=CAMERA))).document
    for name in ("JOINTS_0", "WEIGHTS_0"):
        assert len({mesh["primitives"][0]["attributes"][name] for mesh in document["meshes"]}) == 1


def test_weights_sum_to_one_over_distinct_joints(served: ServedModel) -> None:
    for influences in (4, 8):
        sets = skin_sets(soft_body(served.fitter.body.arrays, influences, 0.7))
        joints, weights = (np.concatenate(part, 1).astype(int) for part in zip(*sets, strict=True))
        assert (weights.sum(1) == 65535).all()
        assert (joints[weights == 0] == 0).all()
        for row, amounts in zip(joints[:50], weights[:50], strict=True):
            used = row[amounts > 0].tolist()
            assert len(set(used)) == len(used)
