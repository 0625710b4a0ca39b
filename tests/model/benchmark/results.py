"""Made-up results for tests of tables and pictures."""

from typing import Any

from model.benchmark.result import MethodCost, MethodScore

IDENTITY: dict[str, Any] = {"weights": "1", "body": "stick"}


def a_score(method: str, dataset: str = "set", **changes: Any) -> MethodScore:
    """Four people; the third has no truth."""
    values: dict[str, Any] = {
        "identity": IDENTITY,
        "dataset": dataset,
        "method": method,
        "people": [0, 2, 4, 6],
        "group": [0, 1, 2, 3],
        "direction": [1.0, -170.0, None, 92.0],
        "missing": [0, 4, 4, 25],
        "errors": {"pa_mpjpe_mm": [50.0, 70.0, None, 90.0], "error_2d": [1.0, 2.0, 3.0, 4.0]},
        "joint_names": ["left_hip", "right_hip", "head"],
        "by_joint": [40.0, None, 60.0],
        "sequences": {"acceleration_mm": [], "jitter": [], "true_jitter": []},
        "iterations": 4.0,
        "curve": {
            "iterations": [0.0, 1.0, 4.0],
            "pa_mpjpe_mm": [90.0, 80.0, 70.0],
            "error_2d": [3.0, 2.5, 2.5],
        },
        "failed": 0,
    }
    return MethodScore(**{**values, **changes})


def a_cost(method: str, **changes: Any) -> MethodCost:
    """Ten milliseconds alone, two in a batch."""
    values = {"description": "a method", "parameters": 1234, "alone": 0.01, "batched": 0.002, "memory": 5.0}
    return MethodCost(**{"identity": IDENTITY, "method": method, **values, **changes})
