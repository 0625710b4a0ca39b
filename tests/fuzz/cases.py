"""Numbers of cases: few in the usual run, thousands with `make fuzz`."""

import os

from hypothesis import HealthCheck, settings

REQUESTS = int(os.environ.get("HMR_FUZZ_REQUESTS", "30"))
"""Total number of requests generated from the OpenAPI document."""
FILES = int(os.environ.get("HMR_FUZZ_FILES", "30"))
"""Total number of mutated OpenPose files."""

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def examples(count: int) -> settings:
    """Build Hypothesis settings for a number of examples, without deadline or repetition of old ones."""
    checks = [*_SLOW, HealthCheck.function_scoped_fixture]
    return settings(max_examples=count, deadline=None, database=None, suppress_health_check=checks)
