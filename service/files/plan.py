"""The plan of a run: the files to fit, and the target of each answer."""

from pathlib import Path
from typing import NamedTuple

from service.errors import NotAcceptableError
from service.files.report import REPORT_NAME
from service.media import MediaType, media_type_of

# Extensions of other formats of meshes, bodies and scenes, which can't be written.
_OTHER_FORMATS = {
    ".3ds", ".abc", ".blend", ".bvh", ".c4d", ".csv", ".dae", ".fbx", ".gltf", ".ma", ".max", ".mb", ".npy",
    ".off", ".pkl", ".stl", ".usd", ".usda", ".usdc", ".usdz", ".vrm", ".wrl", ".x3d", ".zip",
}  # fmt: skip


class PlanError(Exception):
    """The files can't be fitted as asked; the message says why."""


class Task(NamedTuple):
    """A file to fit, and the file to write."""

    source: Path
    target: Path


class Plan(NamedTuple):
    """The tasks of a run.

    Attributes:
        tasks: in the order of the inputs, folders' files by name.
        media: format of the answers.
        folder: folder of all answers; None if the answers' names are given.
    """

    tasks: list[Task]
    media: MediaType
    folder: Path | None


def make_plan(inputs: list[Path], out: Path, media: MediaType | None = None) -> Plan:
    """Plan the target and format of each answer.

    Args:
        inputs: files, and folders, of which all .json files are fitted, nested ones too.
        out: a file for a single input; a pattern such as `out/{}.glb`, where {} is an input's name; or a
            folder, in which the inputs' folders are kept.
        media: format of answers in a folder, JSON by default; must agree with the name of a file or pattern.

    Raises:
        PlanError: an input doesn't exist; the output is a file where a folder is needed, or in a format that
            can't be written; two answers would go to the same file; or one would overwrite an input.
    """
    for path in inputs:
        if not path.exists():
            raise PlanError(f"{path} doesn't exist.")
    files = [found for path in inputs for found in _files(path, out)]
    if not files:
        raise PlanError("found no .json files to fit.")
    if _is_folder(inputs, out):
        plan = _into_folder(files, out, media or MediaType.JSON)
    else:
        plan = _by_name([source for source, _ in files], out, media)
    sources = {task.source.resolve() for task in plan.tasks}
    if any(task.target.resolve() in sources for task in plan.tasks):
        raise PlanError(f"{out} would be written over the inputs; choose another place.")
    if len({task.target for task in plan.tasks}) < len(plan.tasks):
        raise PlanError("two inputs have the same name, and would be written to the same file.")
    return plan


def _files(path: Path, out: Path) -> list[tuple[Path, Path]]:
    """Return files with their paths below the input, without answers of an earlier run."""
    if not path.is_dir():
        return [(path, Path(path.name))]
    found = sorted(file for file in path.rglob("*.json") if file.is_file())
    if out.resolve() != path.resolve():
        found = [file for file in found if not file.resolve().is_relative_to(out.resolve())]
    found = [file for file in found if not file.name.startswith(".") and file.name != REPORT_NAME]
    return [(file, file.relative_to(path)) for file in found]


def _is_folder(inputs: list[Path], out: Path) -> bool:
    if out.is_dir():
        return True
    if "{}" in out.name:
        return False
    return not out.suffix or any(path.is_dir() for path in inputs)


def _into_folder(files: list[tuple[Path, Path]], out: Path, media: MediaType) -> Plan:
    if out.exists() and not out.is_dir():
        raise PlanError(f"{out} is a file; give a folder for the answers.")
    _check_folder_name(out)
    return Plan(
        [Task(source, out / place.with_suffix(media.extension)) for source, place in files], media, out
    )


def _check_folder_name(out: Path) -> None:
    """Raise PlanError for a new folder with the name of a file, since the user expects a file."""
    if out.is_dir():
        return
    suffix = out.suffix.lower()
    if suffix in {media.extension for media in MediaType}:
        raise PlanError(
            f"{out} is the name of one file, but a folder's answers are many; give a folder and "
            f"--format {suffix[1:]}, or a pattern such as '{out.with_suffix('')}/{{}}{out.suffix}'."
        )
    if suffix in _OTHER_FORMATS:
        known = ", ".join(media.extension for media in MediaType)
        raise PlanError(f"{out.suffix} files can't be written; {known} can. A folder needs another name.")


def _by_name(files: list[Path], out: Path, asked: MediaType | None) -> Plan:
    try:
        media = media_type_of(out)
    except NotAcceptableError as error:
        raise PlanError(str(error)) from None
    if asked is not None and asked is not media:
        raise PlanError(f"{out} and --format {asked.extension[1:]} contradict each other; give one of them.")
    if len(files) > 1 and "{}" not in out.name:
        raise PlanError(f"{len(files)} files can't all go to {out}; give a folder, or put {{}} into it.")
    tasks = [Task(file, out.with_name(out.name.replace("{}", file.stem))) for file in files]
    return Plan(tasks, media, None)
