"""Post OpenPose files to a running service, print the results, and save a mesh (GLB) of each.

python examples/client.py examples/one_person.json [more.json …]
"""

import argparse
import sys
from pathlib import Path

import httpx


class RefusedError(Exception):
    """The service refused a request; the message says why."""


def fit(client: httpx.Client, content: bytes, accept: str) -> httpx.Response:
    """Return the answer to an OpenPose file in the format of a media type."""
    headers = {"content-type": "application/json", "accept": accept}
    answer = client.post("/v1/fit", content=content, headers=headers)
    if "problem+json" in answer.headers.get("content-type", ""):
        raise RefusedError(answer.json()["detail"])
    return answer.raise_for_status()


def save_mesh(client: httpx.Client, path: Path, target: Path, force: bool) -> None:
    """Fit one file, print the result, and write the mesh."""
    if target.exists() and not force:
        raise FileExistsError(f"{target} exists; --force overwrites it")
    content = path.read_bytes()
    for person in fit(client, content, "application/json").json()["people"]:
        found = f"{person['residual_px']} px off" if person["status"] == "ok" else person["message"]
        print(f"{path} person {person['index']}: {person['status']}, {found}")
    mesh = fit(client, content, "model/gltf-binary").content
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(mesh)


def main(arguments: list[str] | None = None) -> int:
    """Fit each file; return exit status 1 if any could not be fitted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="OpenPose's JSON")
    parser.add_argument(
        "-o",
        "--out",
        type=Path,
        default=Path(),
        metavar="FOLDER",
        help="folder of the meshes; by default the current one",
    )
    parser.add_argument("--force", action="store_true", help="overwrite meshes that exist")
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="address of the service")
    chosen, status = parser.parse_args(arguments), 0
    with httpx.Client(base_url=chosen.url, timeout=30.0) as client:
        for path in chosen.files:
            try:
                save_mesh(client, path, chosen.out / f"{path.stem}.glb", chosen.force)
            except httpx.ConnectError as error:
                sys.exit(f"Found no service at {chosen.url} ({error}); start it, or give --url.")
            except (RefusedError, httpx.HTTPError, OSError) as error:
                print(f"{path}: {error}", file=sys.stderr)
                status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
