"""Routes, a module for each subject."""

FIT_PATH = "/v1/fit"
"""Path of the single fit: of its route, and of the load shedding in front of it."""
