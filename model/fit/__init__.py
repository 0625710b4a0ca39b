"""Keypoints to body: the whole path of a fit, from preprocessing to the result."""

from model.fit.fitter import Fitter

__all__ = ["Fitter"]
