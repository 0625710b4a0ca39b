"""The error of experiments."""


class ExperimentError(Exception):
    """An experiment can't be run or gone on with; the message says why."""
