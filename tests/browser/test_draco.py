"""Draco-compressed GLB in three.js: decoded and posed like the plain file."""

import json
import mimetypes
from typing import Any

import numpy as np
import pytest

from model.weights import load_served
from service.exchange import fit_document
from service.media import MediaType
from service.response.encode import encode
from tests.browser.conftest import PATIENCE_MS
from tests.paths import ROOT

THREE = ROOT / "service" / "page" / "node_modules" / "three"
EXAMPLE = ROOT / "examples" / "two_people.json"
SITE = "http://three.test"
WITHIN_METRES = 3e-4

pytestmark = pytest.mark.skipif(not THREE.is_dir(), reason="three.js is not installed: make page")

# Positions and normals at the corners of each face, since Draco reorders vertices and faces.
PAGE = """
<script type="importmap">
  {"imports": {"three": "/three/build/three.module.js", "three/addons/": "/three/examples/jsm/"}}
</script>
<script type="module">
import { Vector3 } from "three";
import { DRACOLoader } from "three/addons/loaders/DRACOLoader.js";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";

const draco = new DRACOLoader().setDecoderPath("/three/examples/jsm/libs/draco/gltf/");
window.load = async (name) => {
  const gltf = await new GLTFLoader().setDRACOLoader(draco).loadAsync(name);
  gltf.scene.updateMatrixWorld(true);
  const people = {};
  gltf.scene.traverse((mesh) => {
    if (!mesh.isMesh) return;
    const { index, attributes } = mesh.geometry;
    people[mesh.name] = {
      corners: Array.from(index.array, (vertex) =>
        mesh.getVertexPosition(vertex, new Vector3()).applyMatrix4(mesh.matrixWorld).toArray()),
      normals: Array.from(index.array, (vertex) =>
        new Vector3().fromBufferAttribute(attributes.normal, vertex).toArray()),
      skinned: mesh.isSkinnedMesh === true,
    };
  });
  return people;
};
</script>
"""


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """Files of the same people, by name."""
    served = load_served()
    made = {}
    for rig in (True, False):
        for draco in (True, False):
            options = {"rig": rig, "draco": draco, "quantize": False}
            document = json.loads(EXAMPLE.read_text()) | {"options": options}
            answer = fit_document(json.dumps(document).encode(), served, MediaType.GLB)
            made[f"{'rig' if rig else 'mesh'}_{'draco' if draco else 'plain'}.glb"] = encode(
                answer, MediaType.GLB
            )
    return made


@pytest.fixture
def page(browser: Any, files: dict[str, bytes]) -> Any:
    """A page with three.js and the files; fails the test if it logs errors."""
    errors: list[str] = []

    def answer(route: Any) -> None:
        path = route.request.url.removeprefix(f"{SITE}/")
        if path in files:
            route.fulfill(body=files[path])
        elif path.startswith("three/"):
            kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
            route.fulfill(path=THREE / path.removeprefix("three/"), content_type=kind)
        else:
            route.fulfill(body=PAGE if not path else "", content_type="text/html")

    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.on("console", lambda m: errors.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.route(f"{SITE}/**", answer)
    page.goto(f"{SITE}/")
    page.wait_for_function("() => window.load !== undefined")
    yield page
    context.close()
    assert not errors


def by_corners(person: dict[str, Any]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return positions (F, 3, 3) and normals (F, 3, 3) of the corners of each face."""
    corners, normals = (np.reshape(person[name], (-1, 3, 3)) for name in ("corners", "normals"))
    return corners, normals


@pytest.mark.parametrize("kind", ["rig", "mesh"])
def test_three_decodes_the_contents_of_the_plain_file(page: Any, kind: str) -> None:
    spatial = pytest.importorskip("scipy.spatial")
    draco, plain = (page.evaluate(f"load('{kind}_{how}.glb')") for how in ("draco", "plain"))
    assert draco.keys() == plain.keys() == {"person_0", "person_1"}
    for name, person in draco.items():
        assert person["skinned"] == plain[name]["skinned"] == (kind == "rig")
        (faces, normals), (expected, exact) = by_corners(person), by_corners(plain[name])
        assert len(faces) == len(expected)
        away, was = spatial.cKDTree(expected.mean(1)).query(faces.mean(1))
        assert away.max() < WITHIN_METRES
        assert len(set(was.tolist())) == len(faces)
        # Corners may be rotated within a face, which keeps its orientation.
        turns = np.stack([np.roll(faces, turn, axis=1) for turn in range(3)])
        errors = np.abs(turns - expected[was]).max((2, 3))
        assert errors.min(0).max() < WITHIN_METRES
        best = np.stack([np.roll(normals, turn, axis=1) for turn in range(3)])[
            errors.argmin(0), np.arange(len(faces))
        ]
        assert (best * exact[was]).sum(2).min() > np.cos(np.radians(0.25))
