"""Make the example files: bodies posed from motion capture, projected, and given a detector's noise.

    python examples/make_examples.py POSES.npz

The files are written beside this script and replace the old ones. They are in OpenPose's exact format, but
come from no camera and no detector.
"""

import argparse
import json
import sys
from pathlib import Path

import torch
from torch import Tensor

from model.body.body import Body
from model.body.file import load_body_arrays
from model.camera import Cameras
from model.data.keypoint_noise import DetectorConfig, detect
from model.data.library import LibraryError, load_library
from model.data.viewpoint import ViewConfig, random_orientation
from model.keypoints.layouts import LAYOUT_NAMES, Layout
from model.keypoints.names import CANONICAL_NAMES, NUM_CANONICAL
from model.weights import read_manifest, weights_folder

FOCAL, WIDTH, HEIGHT = 1100.0, 1280, 720
NOISE = DetectorConfig(perfect=0.0, jitter=0.01, dropped=0.05, no_lower=0.0, no_upper=0.0, no_side=0.0,
                       no_feet=0.0, swapped=0.0, outliers=0.0, honest=1.0)  # fmt: skip

# Name, layout, people as (number of the pose in the library, position in metres), seed.
SCENES = [
    ("one_person.json", Layout.BODY_25, [(1500, (0.1, -0.1, 4.0))], 3),
    ("two_people.json", Layout.BODY_25, [(200, (-0.9, 0.0, 5.0)), (900, (0.8, 0.1, 4.5))], 1),
    ("coco_18.json", Layout.COCO_18, [(1200, (0.0, 0.0, 4.5))], 2),
    ("cut_off.json", Layout.BODY_25, [(400, (0.2, 0.55, 2.3))], 4),
]


def detections(rotations: Tensor, place: tuple[float, float, float], body: Body, seed: int) -> Tensor:
    """Return keypoints (25, 3), pixels and confidence, of a pose (24, 3, 3); 0, 0, 0 if missing."""
    generator = torch.Generator().manual_seed(seed)
    turned = rotations[None].clone()
    turned[:, 0] = random_orientation(turned[:, 0], ViewConfig(pitch=10.0, roll=3.0), generator)
    betas = torch.randn(1, 10, generator=generator) * 0.7
    keypoints = body.skeleton(turned, betas).keypoints[:, :NUM_CANONICAL] + torch.tensor(place)
    camera = Cameras.of(FOCAL, FOCAL, WIDTH / 2, HEIGHT / 2)
    pixels, confidence = detect(camera.project(keypoints), NOISE, generator)
    inside = ((pixels >= 0) & (pixels < torch.tensor([WIDTH, HEIGHT]))).all(-1)
    seen = inside & (confidence > 0)
    points: Tensor = torch.where(
        seen[..., None], torch.cat([pixels, confidence[..., None]], -1), torch.zeros(())
    )
    return points[0]


def document(people: list[Tensor], layout: Layout) -> dict[str, object]:
    """Return the file that OpenPose 1.7 would write for people's canonical keypoints (25, 3)."""
    order = [CANONICAL_NAMES.index(name) for name in LAYOUT_NAMES[layout]]
    empty = ("face_keypoints_2d", "hand_left_keypoints_2d", "hand_right_keypoints_2d", "pose_keypoints_3d",
             "face_keypoints_3d", "hand_left_keypoints_3d", "hand_right_keypoints_3d")  # fmt: skip
    return {
        "version": 1.3,
        "people": [
            {
                "person_id": [-1],
                "pose_keypoints_2d": [float(f"{value:.6g}") for value in points[order].flatten().tolist()],
                **{key: [] for key in empty},
            }
            for points in people
        ],
    }


def main() -> None:
    """Write the files beside this script."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("poses", type=Path, metavar="POSES.npz", help="library of poses")
    try:
        poses = load_library([parser.parse_args().poses]).rotations
    except (LibraryError, OSError) as error:
        sys.exit(str(error))
    folder = weights_folder()
    body = Body(load_body_arrays(folder / read_manifest(folder)["body"]["file"]))
    for name, layout, people, seed in SCENES:
        points = [detections(poses[i], place, body, seed + n) for n, (i, place) in enumerate(people)]
        Path(__file__).with_name(name).write_text(
            json.dumps(document(points, layout), separators=(",", ":")) + "\n"
        )


if __name__ == "__main__":
    main()
