"""Compare forms of a mesh: bytes, and time from the request until Python holds vertices and faces.

    python examples/mesh_forms.py    # uses the service at port 8000; --port for another

Times are medians over `--times` requests for one person, fit included. "To write" is the service's time for
encoding, from its Server-Timing header. Needs httpx, numpy, trimesh, and DracoPy for Draco.
"""

import argparse
import io
import json
import re
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import trimesh
from numpy.typing import NDArray

PERSON = Path(__file__).parent / "one_person.json"
JSON, GLB = "application/json", "model/gltf-binary"
Mesh = tuple[NDArray[Any], NDArray[Any]]


def from_lists(body: bytes) -> Mesh:
    """Return vertices (V, 3) in metres and faces (F, 3) of a JSON answer."""
    answer = json.loads(body)
    return np.array(answer["people"][0]["mesh"]["vertices"]), np.array(answer["faces"]["faces"])


def from_glb(body: bytes) -> Mesh:
    """Return vertices (V, 3) in metres and faces (F, 3) of a GLB."""
    scene = trimesh.load_scene(io.BytesIO(body), file_type="glb", process=False)
    (mesh,) = scene.geometry.values()
    return mesh.vertices, mesh.faces


FORMS: list[tuple[str, dict[str, Any], str, Callable[[bytes], Mesh]]] = [
    ("JSON lists", {"mesh": True, "mesh_encoding": "list", "faces": True}, JSON, from_lists),
    ("GLB, plain", {"rig": False}, GLB, from_glb),
    ("GLB, plain, Draco", {"rig": False, "draco": True}, GLB, from_glb),
    ("GLB, rig", {}, GLB, from_glb),
    ("GLB, rig, Draco", {"draco": True}, GLB, from_glb),
]


def main() -> None:
    """Print a line for each form."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--port", type=int, default=8000, help="port of the service")
    parser.add_argument("--times", type=int, default=30, help="number of requests for each form")
    chosen = parser.parse_args()
    with httpx.Client(base_url=f"http://127.0.0.1:{chosen.port}", timeout=30.0) as client:
        for name, options, accept, read in FORMS:
            document = json.loads(PERSON.read_text(encoding="utf-8")) | {"options": options}
            headers = {"content-type": JSON, "accept": accept}
            whole, writing = [], []
            for _ in range(chosen.times):
                start = time.perf_counter()
                answer = client.post(
                    "/v1/fit", content=json.dumps(document), headers=headers
                ).raise_for_status()
                vertices, faces = read(answer.content)
                whole.append(1000 * (time.perf_counter() - start))
                writing.append(float(re.findall(r"encode;dur=([\d.]+)", answer.headers["server-timing"])[0]))
            print(
                f"{name:18} {len(answer.content):7} bytes, {statistics.median(writing):5.1f} ms to write, "
                f"{statistics.median(whole):5.1f} ms in all; {len(vertices)} vertices, {len(faces)} faces"
            )


if __name__ == "__main__":
    main()
