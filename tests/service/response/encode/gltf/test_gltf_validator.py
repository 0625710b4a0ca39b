"""GLB files in Khronos' validator, if `make page` has installed it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from service.response.encode.gltf.document import encode_glb
from tests.paths import ROOT
from tests.service.people import CAMERA, IMAGE, crowd, moved, person
from tests.service.response.encode.conftest import Fit

VALIDATOR = ROOT / "service" / "page" / "node_modules" / "gltf-validator"
NODE = shutil.which("node") or shutil.which("node", path=str(Path(sys.executable).parent))

pytestmark = pytest.mark.skipif(
    NODE is None or not VALIDATOR.is_dir(), reason="gltf-validator is not installed: make page"
)

PROGRAM = """
const validator = require(process.argv[1]);
const bytes = require("fs").readFileSync(0);
validator.validateBytes(new Uint8Array(bytes)).then((report) => console.log(JSON.stringify(report)));
"""


def validate(data: bytes) -> dict[str, Any]:
    assert NODE is not None
    done = subprocess.run([NODE, "-e", PROGRAM, str(VALIDATOR)], input=data, capture_output=True, check=True)
    report: dict[str, Any] = json.loads(done.stdout)
    return report


@pytest.mark.parametrize("quantize", [True, False])
@pytest.mark.parametrize("rig", [True, False])
def test_files_have_neither_errors_nor_warnings(fit: Fit, rig: bool, quantize: bool) -> None:
    people = [crowd(1)[0], {}, person(moved(200, 0))]
    for extras in ({"camera": CAMERA, "image": IMAGE}, {}):
        report = validate(encode_glb(fit(*people, options={"rig": rig, "quantize": quantize}, **extras)))
        assert report["issues"]["messages"] == []
        assert report["info"]["drawCallCount"] == 2
        assert report["info"]["maxInfluences"] == (4 if rig else 0)


@pytest.mark.parametrize("rig", [True, False])
def test_validator_objects_only_to_draco(fit: Fit, rig: bool) -> None:
    report = validate(encode_glb(fit(*crowd(2), image=IMAGE, options={"rig": rig, "draco": True})))
    # The compressed blocks look unused, since only an unknown extension uses them.
    issues = {(message["code"], message["pointer"].split("/")[1]) for message in report["issues"]["messages"]}
    assert issues == {("UNSUPPORTED_EXTENSION", "extensionsUsed"), ("UNUSED_OBJECT", "bufferViews")}
    assert report["issues"]["numErrors"] == report["issues"]["numWarnings"] == 0
    assert report["info"]["extensionsRequired"] == ["KHR_draco_mesh_compression"]


def test_validator_finds_errors(fit: Fit) -> None:
    broken = encode_glb(fit()).replace(b'"count":24,', b'"count":99,')
    assert validate(broken)["issues"]["numErrors"] > 0
