"""Draw an OpenPose file beside the fitted bodies (needs the extra `train` for matplotlib).

python examples/make_picture.py examples/one_person.json picture.png

Only the limbs of BODY_25 are known: files of other layouts are refused.
"""

import argparse
import json
import sys
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from numpy.typing import NDArray

from model.keypoints.layouts import Layout
from model.keypoints.openpose import DetectedPerson, sole_document
from model.weights import load_served
from service.errors import ServiceError
from service.exchange import fit_document
from service.media import MediaType
from service.request.parse import read_request
from service.response.encode import encode

matplotlib.use("Agg")
from matplotlib import pyplot as plt

LIMBS = [
    (0, 1), (1, 2), (2, 3), (3, 4), (1, 5), (5, 6), (6, 7), (1, 8), (8, 9), (9, 10), (10, 11), (8, 12),
    (12, 13), (13, 14), (0, 15), (15, 17), (0, 16), (16, 18), (14, 19), (19, 20), (14, 21), (11, 22),
    (22, 23), (11, 24),
]  # fmt: skip
LIGHT = np.array([-0.4, -0.6, -0.7])


def read_people(data: bytes) -> list[DetectedPerson]:
    """Return the people of an OpenPose file; ValueError unless all are in BODY_25."""
    people = read_request(data).detections.people
    for index, person in enumerate(people):
        if person.layout is not Layout.BODY_25:
            raise ValueError(f"person {index} is in {person.layout}; only BODY_25 can be drawn.")
    return people


def draw_keypoints(axes: Axes, people: list[DetectedPerson]) -> None:
    """Draw BODY_25 skeletons, pixels."""
    for person in people:
        points = person.points
        for a, b in LIMBS:
            if points[a, 2] > 0 and points[b, 2] > 0:
                axes.plot(*points[[a, b], :2].T, color="#2a78b8", linewidth=2)
        seen = points[:, 2] > 0
        axes.scatter(*points[seen, :2].T, s=12, color="#d0542c", zorder=3)


def draw_mesh(
    axes: Axes, vertices: NDArray[np.float64], faces: NDArray[np.int64], camera: dict[str, float]
) -> None:
    """Draw the shaded triangles of a mesh in camera space, the far ones first."""
    x, y, z = vertices.T
    pixels = np.stack([x / z * camera["fx"] + camera["cx"], y / z * camera["fy"] + camera["cy"]], 1)
    corners = vertices[faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True).clip(1e-12)
    order = np.argsort(-corners[..., 2].mean(1))
    order = order[normals[order, 2] < 0]  # the others face away
    shade = 0.35 + 0.65 * (normals[order] @ (LIGHT / np.linalg.norm(LIGHT))).clip(0, 1)
    colours = shade[:, None] * np.array([0.62, 0.72, 0.85])
    axes.add_collection(
        PolyCollection(list(pixels[faces[order]]), facecolors=colours, edgecolors=colours, linewidths=0.3)
    )


def main(arguments: list[str] | None = None) -> None:
    """Read the arguments and draw; on errors, exit with a message."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("source", type=Path, metavar="FILE", help="OpenPose's JSON, BODY_25")
    parser.add_argument("target", type=Path, metavar="PICTURE", help="such as picture.png")
    parser.add_argument("--force", action="store_true", help="overwrite a picture that exists")
    chosen = parser.parse_args(arguments)
    if chosen.target.exists() and not chosen.force:
        sys.exit(f"{chosen.target} exists; --force overwrites it.")
    try:
        draw(chosen.source, chosen.target)
    except (ServiceError, OSError, ValueError) as error:
        sys.exit(f"{chosen.source}: {error}")


def draw(source: Path, target: Path) -> None:
    """Fit the file and save the picture.

    Raises:
        ServiceError, OSError: the file can't be read or used, or the picture not written.
        ValueError: the file is not in BODY_25.
    """
    data = source.read_bytes()
    people = read_people(data)
    document = sole_document(json.loads(data))
    served = load_served()
    document["options"] = {"mesh": True, "mesh_encoding": "list"}
    answer = json.loads(encode(fit_document(json.dumps(document).encode(), served), MediaType.JSON))
    faces = served.fitter.body.arrays.faces.astype(np.int64)
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 5), sharex=True, sharey=True)
    draw_keypoints(left, people)
    fitted = [person for person in answer["people"] if person["status"] == "ok"]
    for person in sorted(fitted, key=lambda person: -person["transl"][2]):
        draw_mesh(right, np.array(person["mesh"]["vertices"]), faces, person["camera"])
    for axes, title in ((left, "2D keypoints"), (right, "fitted body")):
        axes.set_title(title)
        axes.set_aspect("equal")
        axes.set_axis_off()
    left.invert_yaxis()
    figure.tight_layout()
    figure.savefig(target, dpi=110)


if __name__ == "__main__":
    main()
