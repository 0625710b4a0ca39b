"""How many cases are tried: a few in the usual run, thousands by `make fuzz`."""

import os

from hypothesis import HealthCheck, settings

REQUESTS = int(os.environ.get("HMR_FUZZ_REQUESTS", "30"))
"""By the OpenAPI document, in all."""
FILES = int(os.environ.get("HMR_FUZZ_FILES", "30"))
"""Mutated OpenPose files, in all."""

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def examples(count: int) -> settings:
    """So many of Hypothesis's examples, however long they take; the long run never repeats itself."""
    checks = [*_SLOW, HealthCheck.function_scoped_fixture]
    return settings(max_examples=count, deadline=None, database=None, suppress_health_check=checks)
