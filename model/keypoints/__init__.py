"""Keypoints: the layouts that detectors write, the canonical set inside, and OpenPose's JSON."""
