"""Two mirrored halves welded into one mesh."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.body.build.remesh import Faces, Half
from model.body.build.source import Float
from model.body.joints import MIRRORED_JOINTS

Points = NDArray[np.floating]


@dataclass(frozen=True)
class Welded:
    """A whole mesh of V vertices, each a vertex of the half or the image of one."""

    of_half: NDArray[np.int64]
    """(V,) the half's vertex."""
    imaged: NDArray[np.bool_]
    """(V,) whether it is the image, on the right."""
    mirror: NDArray[np.int64]
    """(V,) the vertex on the other side."""
    faces: Faces

    def points(self, half: Points) -> Points:
        """Return whole meshes (..., V, 3) made from left halves (..., n, 3); the midline must have x = 0."""
        whole: Points = half[..., self.of_half, :]
        whole[..., self.imaged, 0] *= -1.0
        return whole

    def weights(self, half: Float) -> Float:
        """Return weights of joints (V, 24) made from those of the left half (n, 24)."""
        other_side = half[:, list(MIRRORED_JOINTS)]
        return np.where(self.imaged[:, None], other_side[self.of_half], half[self.of_half])

    def permuted(self, order: NDArray[np.int64]) -> "Welded":
        """Return the same mesh with old vertex `order[i]` as vertex i."""
        number = np.empty_like(order)
        number[order] = np.arange(len(order))
        return Welded(self.of_half[order], self.imaged[order], number[self.mirror[order]], number[self.faces])


def weld(half: Half) -> Welded:
    """Join a half and its image along the midline; the image's faces are turned to look outwards."""
    n = len(half.vertices)
    off_plane = np.flatnonzero(~half.midline)
    image = np.arange(n)
    image[off_plane] = n + np.arange(len(off_plane))
    back = np.concatenate([image, off_plane])
    return Welded(
        of_half=np.concatenate([np.arange(n), off_plane]),
        imaged=np.arange(n + len(off_plane)) >= n,
        mirror=back,
        faces=np.concatenate([half.faces, image[half.faces[:, ::-1]]]),
    )


def symmetrised(half: Float, midline: NDArray[np.bool_]) -> Float:
    """Return joint weights (n, 24) in which midline vertices favour neither side."""
    mirrored = half[:, list(MIRRORED_JOINTS)]
    return np.where(midline[:, None], 0.5 * (half + mirrored), half)
