"""The shape space: ten whitened principal components, turned so that the first two can be named."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from model.body.build.source import Float
from model.body.joints import NUM_BETAS

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class ShapeSpace:
    """Shapes = mean + directions x betas, with betas N(0, I) over the population."""

    mean: Float
    """(n, 3)."""
    directions: Float
    """(n, 3, 10)."""
    betas: Float
    """(N, 10) of the samples it was learned from."""
    explained: float
    """Share of the (area-weighted) variance."""

    def project(self, samples: Samples, areas: Float) -> Float:
        """Betas (N, 10) of the closest shapes to samples (N, n, 3), weighting vertices by `areas` (n,)."""
        weight = np.sqrt(areas)[:, None]
        basis = (self.directions * weight[..., None]).reshape(-1, NUM_BETAS)
        offsets: Float = ((samples - self.mean) * weight).reshape(len(samples), -1)
        betas: Float = np.linalg.solve(basis.T @ basis, basis.T @ offsets.T).T.astype(np.float64)
        return betas

    def shapes(self, betas: Float) -> Float:
        """Meshes (N, n, 3) of betas (N, 10)."""
        moved: Float = np.einsum("vcb,nb->nvc", self.directions, betas, optimize=True)
        return self.mean + moved


def learn(samples: Samples, areas: Float, traits: Float) -> ShapeSpace:
    """Principal components of samples (N, n, 3), turned to the traits (N, T).

    The first T betas are the directions in which each trait grows the most, each orthogonal to those
    before; the others follow by the variance they explain. A rotation leaves whitened betas N(0, I).

    Args:
        samples: aligned half meshes.
        areas: (n,) surface that each vertex stands for.
        traits: what the first betas shall be, for instance stature and body mass index.
    """
    mean = samples.mean(axis=0, dtype=np.float64)
    offsets = (samples - mean.astype(np.float32)).reshape(len(samples), -1)
    weight = np.repeat(np.sqrt(areas), 3)
    weighted = offsets * weight.astype(np.float32)
    gram = (weighted @ weighted.T).astype(np.float64)
    n = len(samples)
    variances, vectors = eigh(gram, subset_by_index=(n - NUM_BETAS, n - 1))
    scores = vectors * np.sqrt(n)
    directions = (offsets.T.astype(np.float64) @ scores) / n
    turn = _turn(scores, traits, directions * weight[:, None])
    return ShapeSpace(
        mean=mean,
        directions=(directions @ turn).reshape(*mean.shape, NUM_BETAS),
        betas=scores @ turn,
        explained=float(variances.sum() / np.trace(gram)),
    )


def _turn(scores: Float, traits: Float, weighted_directions: Float) -> Float:
    """The orthogonal (10, 10) that takes whitened scores to betas."""
    standard = (traits - traits.mean(axis=0)) / traits.std(axis=0)
    named: list[Float] = []
    for slope in (scores.T @ standard / len(scores)).T:
        rest = slope - sum((slope @ axis) * axis for axis in named)
        named.append(rest / np.linalg.norm(rest))
    axes = np.stack(named, axis=1)
    complement = np.linalg.svd(axes, full_matrices=True)[0][:, axes.shape[1] :]
    by_variance = np.linalg.svd(weighted_directions @ complement, full_matrices=False)[2].T
    others = complement @ by_variance
    # A principal component's sign is arbitrary; pin it, so that a rebuild gives the same betas.
    peaks = np.abs(weighted_directions @ others).argmax(axis=0)
    signs = np.sign((weighted_directions @ others)[peaks, np.arange(others.shape[1])])
    return np.concatenate([axes, others * signs], axis=1)
