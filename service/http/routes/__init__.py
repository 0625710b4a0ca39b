"""Routes, a module for each subject."""

FIT_PATH = "/v1/fit"
"""Path of the single fit: of its route, and of the load shedding in front of it."""

BATCH_PATH = "/v1/fit/batch"
RELOAD_PATH = "/v1/models/reload"

PROTECTED_PATHS = frozenset({FIT_PATH, BATCH_PATH, RELOAD_PATH})
"""Paths of the POST routes that need an API key where keys are in use."""
