"""Measuring: errors against truth, on motion capture and on real detections."""
