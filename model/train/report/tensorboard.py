"""A run's log as TensorBoard reads it: a curve for each number, and for each step of the validation's."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from model.train.report.log import LogError, Sink, Value


@contextmanager
def tensorboard(folder: Path) -> Iterator[Sink]:
    """A sink that writes TensorBoard's files into a folder.

    Raises:
        LogError: TensorBoard is not installed.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise LogError("TensorBoard is not installed: pip install 'hmr-lsr1[train]'.") from error

    def sink(event: str, iteration: int, values: Mapping[str, Value]) -> None:
        for name, value in scalars(event, values):
            writer.add_scalar(name, value, iteration)
        writer.flush()

    writer = SummaryWriter(str(folder))
    try:
        yield sink
    finally:
        writer.close()


def scalars(event: str, values: Mapping[str, Value]) -> Iterator[tuple[str, float]]:
    """Names and numbers of an event's curves; a list is one number for each step."""
    data = values.get("data")
    for name, value in values.items():
        place = f"{event}/{data}/{name}" if data else f"{event}/{name}"
        if isinstance(value, list):
            yield from ((f"{place}/step_{step}", item) for step, item in enumerate(value))
        elif not isinstance(value, str):
            yield place, value
