"""A second look at fits that are off their keypoints: detections may be false, or their sides exchanged."""
