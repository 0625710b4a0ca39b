"""Rules of the code that import contracts (pyproject.toml) can't express."""

import ast
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]

# Packages of extras, and the only parts that may import them.
EXTRAS = {
    "anny": ("model.body.build",),
    "fast_simplification": ("model.body.build",),
    "scipy": ("model.body.build",),
    "trimesh": ("model.body.build",),
    "matplotlib": (
        "model.benchmark.report.plot",
        "model.data.contact_sheet",
        "model.evaluate.conditions_picture",
        "model.experiments.report.figure",
        "model.train.report.plot",
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


def test_there_is_something_to_check() -> None:
    assert {"model.fit.fitter", "model.optimizer.lsr1", "service.engine.engine"} <= set(sources())
    assert "model.optimizer" in {name for name in map(str, sources()) if imports("model.fit.network")}


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
