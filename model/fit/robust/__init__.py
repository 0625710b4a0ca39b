"""Robust refit of people whose fit is far off its keypoints: left/right correction, outlier rejection."""
