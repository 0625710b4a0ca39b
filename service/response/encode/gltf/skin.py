"""Skins of a glTF file: skeletons of named joints in the person's pose, and their bind matrices."""

import numpy as np
from numpy.typing import NDArray

from model.body.arrays import BodyArrays
from model.body.joints import JOINT_NAMES
from service.engine.job import FloatArray
from service.response.encode.gltf.builder import GlbBuilder
from service.response.encode.gltf.quantize import Grid
from service.response.encode.gltf.rig import Rig, rig_of
from service.response.encode.scene import PlacedPerson


class SkinnedBodies:
    """Writer of the skeletons and skins of people with the same body."""

    def __init__(self, builder: GlbBuilder, body: BodyArrays) -> None:
        self._builder = builder
        self._body = body

    def rig_of(self, person: PlacedPerson) -> Rig:
        """Build a person's rig."""
        return rig_of(person.fit, self._body)

    def add_skin(self, person: PlacedPerson, rig: Rig, grid: Grid) -> int:
        """Add a person's skeleton as nodes, and the skin that binds a mesh to it.

        The skeleton's parent is a separate node, `person_0_skeleton`, which programs import as one rig with
        SMPL's joint names. The transform of a skinned mesh's node has no effect, so that the skin also holds
        the map from the grid to metres.
        """
        first = len(self._builder.parts["nodes"]) + 1
        name = f"{person.name}_skeleton"
        root = self._builder.add("nodes", {"name": name, "children": [first]})
        for joint in range(len(JOINT_NAMES)):
            self._add_joint(joint, first, rig, person.offset)
        skin = {
            "name": name,
            "joints": list(range(first, first + len(JOINT_NAMES))),
            "inverseBindMatrices": self._builder.add_matrices(_back_to_origin(rig.joints, grid)),
            "skeleton": root,
        }
        return self._builder.add("skins", skin)

    def _add_joint(self, joint: int, first: int, rig: Rig, offset: FloatArray) -> None:
        parents = self._body.parents
        parent = parents[joint]
        bone = rig.root + offset if parent < 0 else rig.joints[joint] - rig.joints[parent]
        node = {
            "name": JOINT_NAMES[joint],
            "translation": bone,
            "rotation": rig.rotations[joint],
        }
        children = [first + int(child) for child in np.flatnonzero(parents == joint)]
        self._builder.add("nodes", node | ({"children": children} if children else {}))


def _back_to_origin(joints: FloatArray, grid: Grid) -> NDArray[np.float32]:
    """Return matrices (J, 16), column by column, from a grid to metres with each joint at the origin."""
    matrices = np.zeros((len(joints), 4, 4), np.float32)
    matrices[:] = np.diag([grid.step, grid.step, grid.step, 1.0])
    matrices[:, 3, :3] = grid.centre - joints
    return matrices.reshape(-1, 16)
