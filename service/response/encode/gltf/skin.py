"""Skins of a glTF file: skeletons of named joints in the person's pose, and what binds meshes to them."""

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
    """People of one body in one file."""

    def __init__(self, builder: GlbBuilder, body: BodyArrays) -> None:
        self._builder = builder
        self._body = body

    def rig_of(self, person: PlacedPerson) -> Rig:
        """A person's rig."""
        return rig_of(person.fit, self._body)

    def add_skin(self, person: PlacedPerson, rig: Rig, grid: Grid) -> int:
        """Add a person's skeleton as nodes, and the skin that binds a mesh to it.

        The skeleton hangs on a separate node, `person_0_skeleton`, so that programs with rigs make one
        rig of it and keep SMPL's joint names within. A skinned mesh's node moves nothing, so that what takes
        its positions from their grid to metres is in the skin, too.
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
        bone = rig.place + offset if parent < 0 else rig.joints[joint] - rig.joints[parent]
        node = {
            "name": JOINT_NAMES[joint],
            "translation": bone,
            "rotation": rig.turns[joint],
        }
        children = [first + int(child) for child in np.flatnonzero(parents == joint)]
        self._builder.add("nodes", node | ({"children": children} if children else {}))


def _back_to_origin(joints: FloatArray, grid: Grid) -> NDArray[np.float32]:
    """Matrices (J, 16), column by column: from a grid to metres with each joint at the origin, not turned."""
    matrices = np.zeros((len(joints), 4, 4), np.float32)
    matrices[:] = np.diag([grid.step, grid.step, grid.step, 1.0])
    matrices[:, 3, :3] = grid.centre - joints
    return matrices.reshape(-1, 16)
