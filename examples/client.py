"""Post OpenPose files to a running service and save a mesh of each.

python examples/client.py examples/one_person.json [more.json …]
"""

import sys
from pathlib import Path

import httpx

SERVICE = "http://127.0.0.1:8000"


def main() -> None:
    """Fit each file, print what was found, and write the mesh as GLB beside it."""
    with httpx.Client(base_url=SERVICE, timeout=30.0) as client:
        for name in sys.argv[1:]:
            path = Path(name)
            document = {"content": path.read_bytes(), "headers": {"content-type": "application/json"}}
            answer = client.post("/v1/fit", **document)
            if answer.is_error:
                sys.exit(f"{path}: {answer.json()['detail']}")
            for person in answer.json()["people"]:
                print(f"{path} person {person['index']}: {person['status']}, {person['residual_px']} px off")
            document["headers"]["accept"] = "model/gltf-binary"
            mesh = client.post("/v1/fit", **document)
            mesh.raise_for_status()
            path.with_suffix(".glb").write_bytes(mesh.content)


if __name__ == "__main__":
    main()
