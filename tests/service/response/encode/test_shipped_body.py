"""Files of the shipped body: human size, upright, left at the left, equal in all formats."""

import io
import json
from typing import Any

import numpy as np
import pytest
import trimesh

from model.body.joints import JOINT_NAMES
from model.weights import load_served
from service.exchange import fit_document
from service.media import MediaType
from service.response.answer import Answer
from service.response.encode import encode
from service.response.encode.gltf.rig import rig_of
from service.response.encode.npz import encode_npz
from tests.paths import ROOT
from tests.service.response.encode.gltf_reader import Gltf

EXAMPLE = ROOT / "examples" / "two_people.json"
CAMERA = {"fx": 1100.0, "fy": 1100.0, "cx": 640.0, "cy": 360.0}


@pytest.fixture(scope="module")
def answer() -> Answer:
    document = json.loads(EXAMPLE.read_text()) | {"camera": CAMERA, "image": {"width": 1280, "height": 720}}
    return fit_document(json.dumps(document).encode(), load_served(), MediaType.GLB)


def meshes(answer: Answer, media: MediaType) -> list[Any]:
    """Return one mesh per person, in the scene's frame."""
    if media is MediaType.GLB:
        file = Gltf(encode(answer, media))
        names = [f"person_{person.index}" for person, _ in answer.fitted]
        return [trimesh.Trimesh(file.vertices(name), answer.faces, process=False) for name in names]
    loaded = trimesh.load_mesh(
        io.BytesIO(encode(answer, media)), file_type=media.extension[1:], process=False
    )
    whole = loaded if isinstance(loaded, trimesh.Trimesh) else trimesh.util.concatenate(loaded)
    per_person = np.split(np.asarray(whole.vertices), len(answer.fitted))
    return [trimesh.Trimesh(vertices, answer.faces, process=False) for vertices in per_person]


@pytest.mark.parametrize("media", [MediaType.GLB, MediaType.OBJ, MediaType.PLY])
def test_people_have_human_size_stand_upright_and_face_outwards(answer: Answer, media: MediaType) -> None:
    for mesh, (_, fit) in zip(meshes(answer, media), answer.fitted, strict=True):
        assert 1.3 < np.ptp(mesh.vertices, axis=0).max() < 2.2, "metres"
        assert 0.03 < mesh.volume < 0.15, "cubic metres; negative if the faces point inwards"
        joints = dict(zip(JOINT_NAMES, fit.joints3d * [1, -1, -1], strict=True))
        assert joints["head"][1] > joints["pelvis"][1] > joints["left_ankle"][1]
        # Both people stand: only the head is above the head joint, only soles are below the feet.
        assert mesh.vertices[:, 1].max() < joints["head"][1] + 0.3
        assert mesh.vertices[:, 1].min() > min(joints["left_foot"][1], joints["right_foot"][1]) - 0.2


@pytest.mark.parametrize("media", [MediaType.GLB, MediaType.OBJ, MediaType.PLY])
def test_left_hand_is_at_the_detected_left_wrist(answer: Answer, media: MediaType) -> None:
    detected = json.loads(EXAMPLE.read_text())["people"]
    weights = np.zeros((answer.body.n_vertices, len(JOINT_NAMES)))
    np.put_along_axis(weights, answer.body.skin_joints, answer.body.skin_weights, 1)
    for mesh, (person, _) in zip(meshes(answer, media), answer.fitted, strict=True):
        points = np.reshape(detected[person.index]["pose_keypoints_2d"], (-1, 3))
        wrists = {"left": points[7], "right": points[4]}
        for side, wrist in wrists.items():
            other = wrists["right" if side == "left" else "left"]
            hand = mesh.vertices[weights[:, JOINT_NAMES.index(f"{side}_hand")] > 0.5].mean(0)
            seen = [
                CAMERA["cx"] - CAMERA["fx"] * hand[0] / hand[2],
                CAMERA["cy"] + CAMERA["fy"] * hand[1] / hand[2],
            ]
            near, far = (np.linalg.norm(seen - place[:2]) for place in (wrist, other))
            assert near < far


def test_formats_have_the_same_vertices(answer: Answer) -> None:
    reference = np.load(io.BytesIO(encode_npz(answer)))["vertices"] * np.array([1, -1, -1], np.float32)
    for media, tolerance in ((MediaType.GLB, 1e-4), (MediaType.OBJ, 1e-6), (MediaType.PLY, 1e-6)):
        for mesh, vertices in zip(meshes(answer, media), reference, strict=True):
            np.testing.assert_allclose(mesh.vertices, vertices, atol=tolerance)


def test_rest_pose_has_spread_arms_with_left_at_positive_x(answer: Answer) -> None:
    for _, fit in answer.fitted:
        joints = dict(zip(JOINT_NAMES, rig_of(fit, answer.body).joints, strict=True))
        assert joints["left_wrist"][0] > 0.4
        assert joints["right_wrist"][0] < -0.4
        assert joints["head"][1] > joints["left_ankle"][1] + 1
