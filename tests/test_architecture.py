"""The one direction of imports, and other rules of the house that can be read off the source."""

import ast
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# From the bottom up: a part may import its own row and the rows above it in this list.
LAYERS: list[set[str]] = [
    {"model.optimizer"},
    {"model.rotation", "model.keypoints"},
    {"model.body", "model.camera"},
    {"model.view", "model.pose_space", "model.prior"},
    {"model.initializer", "model.objective", "model.descent", "model.mirror"},
    {"model.recovery"},
    {"model.fit_result"},
    {"model.people"},
    {"model.placement"},
    {"model.compiled", "model.second_look"},
    {"model.fit"},
    {"model.weights", "model.agreement"},
    {"model.data"},
    {"model.evaluate"},
    {"model.train"},
    {"model.experiments"},
    {"model.benchmark"},
    {"service"},
]

# The parts of `service` that a request passes, from the outside in: none imports one before it.
REQUEST_WAY = [
    "service.app",
    "service.routes",
    "service.runtime",
    "service.engine",
    "service.fitting",
    "service.schemas",
]

WEB = {"fastapi", "starlette", "uvicorn", "pydantic_settings", "prometheus_client", "typer"}

# Packages of extras, and the only parts that may import them.
EXTRAS = {
    "anny": ("model.body.build",),
    "fast_simplification": ("model.body.build",),
    "scipy": ("model.body.build",),
    "trimesh": ("model.body.build",),
    "matplotlib": (
        "model.benchmark.plot",
        "model.data.contact_sheet",
        "model.evaluate.conditions_picture",
        "model.experiments.figure",
        "model.train.plot",
    ),
    "tensorboard": ("model.train",),
}


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def sources() -> dict[str, ast.Module]:
    """Every module of `model` and `service`, parsed."""
    paths = [path for top in ("model", "service") for path in sorted((ROOT / top).rglob("*.py"))]
    return {module_name(path): ast.parse(path.read_text(encoding="utf-8"), str(path)) for path in paths}


@cache
def imports(module: str) -> frozenset[str]:
    """What a module imports, anywhere in it; `from a import b` is a.b where that is a module, else a."""
    found: set[str] = set()
    for node in ast.walk(sources()[module]):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            found.update(name if name in sources() else str(node.module) for name in names)
    return frozenset(found)


def within(module: str, part: str) -> bool:
    return module == part or module.startswith(f"{part}.")


def layer(module: str) -> int:
    matches = [row for row, parts in enumerate(LAYERS) if any(within(module, part) for part in parts)]
    assert len(matches) == 1, f"{module} has no place in LAYERS of {Path(__file__).name}: give it one"
    return matches[0]


def offences(importers: str, forbidden: set[str]) -> list[str]:
    """Imports of the forbidden parts by the modules of a part."""
    return [
        f"{module} imports {name}"
        for module in sources()
        if within(module, importers)
        for name in imports(module)
        if any(within(name, part) for part in forbidden)
    ]


def test_there_is_something_to_check() -> None:
    assert {"model.fit", "model.optimizer.lsr1", "service.engine"} <= set(sources())
    assert "model.optimizer" in {name for name in map(str, sources()) if imports("model.recovery")}


def test_imports_go_down_the_layers() -> None:
    upward = [
        f"{module} imports {name}"
        for module in sources()
        if module != "model"
        for name in imports(module)
        if within(name, "model") and name != "model" and layer(name) > layer(module)
    ]
    assert not upward


def test_the_model_knows_no_web() -> None:
    assert not offences("model", WEB | {"service"})


def test_the_optimizer_knows_torch_and_itself_only() -> None:
    allowed = sys.stdlib_module_names | {"torch"}
    strangers = [
        f"{module} imports {name}"
        for module in sources()
        if within(module, "model.optimizer")
        for name in imports(module)
        if name.split(".")[0] not in allowed and not within(name, "model.optimizer")
    ]
    assert not strangers


@pytest.mark.parametrize(
    "job",
    ["model.benchmark", "model.experiments", "model.train", "model.evaluate", "model.body.build"],
)
def test_only_the_commands_start_the_offline_jobs(job: str) -> None:
    users = {
        module
        for module in sources()
        if not within(module, job) and any(within(name, job) for name in imports(module))
    }
    # Training validates as the evaluation does; experiments train and evaluate; the benchmark does all.
    offline = {
        "model.evaluate": {"model.train", "model.experiments", "model.benchmark"},
        "model.train": {"model.experiments", "model.benchmark"},
        "model.experiments": {"model.benchmark"},
    }
    allowed = {"service.cli"} | offline.get(job, set())
    assert all(any(within(user, part) for part in allowed) for user in users), users


def test_a_request_goes_one_way() -> None:
    for place, part in enumerate(REQUEST_WAY):
        assert not offences(part, set(REQUEST_WAY[:place]))


def test_schemas_need_no_torch() -> None:
    modules = [name for name in sources() if within(name, "service.schemas")]
    code = f"import sys, {', '.join(modules)}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_the_server_loads_neither_a_compiler_nor_what_few_requests_need() -> None:
    # Any of the compilers costs a second at start and 80 MB.
    code = (
        "import sys, service.server; "
        "sys.exit(bool({'DracoPy', 'roma', 'sympy', 'torch._dynamo', 'torch._inductor'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_pickle_is_read_in_one_place_only() -> None:
    users = {
        module for module in sources() if {"pickle", "dill", "joblib", "shelve", "marshal"} & imports(module)
    }
    assert users == {"model.body.unpickler"}


def test_nothing_is_evaluated_and_torch_loads_tensors_only() -> None:
    for module, tree in sources().items():
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            name, keywords = (
                ast.unparse(call.func),
                {key.arg: ast.unparse(key.value) for key in call.keywords},
            )
            assert name not in {"eval", "exec", "compile", "__import__"}, f"{module} calls {name}"
            assert name != "torch.load" or keywords.get("weights_only") == "True", module
            assert keywords.get("allow_pickle", "False") == "False", module


def test_what_is_imported_is_declared() -> None:
    """Outside of extras, only what every installation has."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {entry.split(">=")[0].replace("-", "_") for entry in project["dependencies"]}
    known = declared | sys.stdlib_module_names | {"model", "service"}
    for module in sources():
        for name in {name.split(".")[0] for name in imports(module)} - known:
            assert name in EXTRAS, f"{module} imports {name}, which pyproject.toml does not list"
            allowed = EXTRAS[name]
            assert any(within(module, part) for part in allowed), (
                f"{module} imports {name}; only {allowed} may"
            )


def test_every_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    wanted = {entry.split(">=")[0].split("==")[0] for group in groups for entry in group}
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert all(line.count("==") == 1 and "+" not in line and "/" not in line for line in pins)
    pinned = {line.split("==")[0].lower().replace("_", "-") for line in pins}
    assert {name.lower().replace("_", "-") for name in wanted} <= pinned


def test_files_are_short() -> None:
    folders = [ROOT / name for name in ("model", "service", "tests", "examples")]
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for folder in folders
        for path in folder.rglob("*.py")
    }
    assert not {path: length for path, length in lengths.items() if length > 250}
