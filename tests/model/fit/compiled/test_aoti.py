"""Graphs by their C interface. Needs a C compiler, for a library with nothing but that interface in it."""

import json
import shutil
import subprocess
import threading
import zipfile
from ctypes import CDLL, PyDLL, c_int, c_void_p, cast
from pathlib import Path

import pytest
import torch

from model.fit.compiled import aoti
from model.fit.compiled.aoti import open_graph

COMPILER = next(filter(None, map(shutil.which, ("gcc", "cc", "clang"))), None)
PATIENCE_SECONDS = 20

# The last tensor is given back first. One tensor alone is a failure; of three it waits for `seen`. The others
# it lets go, as graphs do, by PyTorch's own function if asked to.
SOURCE = """
#include <stddef.h>
#include <unistd.h>
volatile int running = 0, seen = 0, done = 0;
int (*let_go)(void *) = NULL;
int AOTInductorModelContainerCreateWithDevice(void **made, size_t models, const char *device, const char *_) {
  *made = &running;
  return models == 13;
}
int AOTInductorModelContainerGetNumOutputs(void *container, size_t *count) { *count = 2; return 0; }
int AOTInductorModelContainerRun(
    void *container, void **in, size_t ins, void **out, size_t outs, void *stream, void *proxy) {
  if (container != &running || ins < 2) return 1;
  running = 1;
  for (int i = 0; ins == 3 && !seen; i++) if (i > 2000) return 1; else usleep(10000);
  out[0] = in[ins - 1];
  out[1] = in[ins - 2];
  for (size_t i = 0; let_go && i < ins - 2; i++) let_go(in[i]);
  done = 1;
  return 0;
}
int let_it_end(void) {
  seen = 1;
  for (int i = 0; !done && i < 200; i++) usleep(10000);
  return done;
}
"""

pytestmark = pytest.mark.skipif(COMPILER is None, reason="no C compiler")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library."""
    folder = tmp_path_factory.mktemp("library")
    (folder / "graph.c").write_text(SOURCE)
    path = folder / "a.wrapper.so"
    subprocess.run([str(COMPILER), "-shared", "-fPIC", "-o", path, folder / "graph.c"], check=True)
    return path


def package(folder: Path, *files: Path, nodes: list[str] | None = None) -> Path:
    """As PyTorch packs it."""
    path = folder / "graph.pt2"
    with zipfile.ZipFile(path, "w") as archive:
        for file in files:
            archive.write(file, f"graph/data/aotinductor/model/{file.name}")
        if nodes is not None:
            archive.writestr("graph/data/aotinductor/model/a.wrapper.json", json.dumps({"nodes": nodes}))
    return path


def test_tensors_go_in_and_come_out(made: Path, tmp_path: Path) -> None:
    graph = open_graph(package(tmp_path, made, nodes=[]), 1)
    given = [torch.arange(3.0), torch.ones(2, 2, dtype=torch.int64)]
    for _ in range(3):
        one, other = graph(list(given))
        assert torch.equal(one, given[1])
        assert torch.equal(other, given[0])


def test_a_graph_that_fails_raises(made: Path, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="failed"):
        open_graph(package(tmp_path, made), 1)([torch.ones(1)])


def test_others_go_on_while_a_graph_runs(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The graph ends only when another thread of Python has seen it run."""
    opened: list[CDLL] = []

    def noted(path: str) -> CDLL:
        opened.append(CDLL(path))
        return opened[0]

    monkeypatch.setattr("ctypes.CDLL", noted)
    graph = open_graph(package(tmp_path, made), 1)
    running, seen = (c_int.in_dll(opened[0], name) for name in ("running", "seen"))
    answers: list[int] = []
    thread = threading.Thread(target=lambda: answers.append(len(graph([torch.ones(1)] * 3))))
    thread.start()
    while not running.value and thread.is_alive():
        thread.join(0.001)
    seen.value = 1
    thread.join(PATIENCE_SECONDS)
    assert answers == [2]


def test_what_it_was_given_it_lets_go_without_the_lock(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The graph ends while the thread that waits for it holds Python's lock; its tensors are as before."""
    opened: list[PyDLL] = []

    def noted(path: str) -> CDLL:
        opened.append(PyDLL(path))
        return CDLL(path)

    monkeypatch.setattr("ctypes.CDLL", noted)
    graph = open_graph(package(tmp_path, made), 1)
    torchs = CDLL(str(Path(torch.__file__).parent / "lib" / "libtorch_cpu.so"))
    c_void_p.in_dll(opened[0], "let_go").value = cast(torchs.aoti_torch_delete_tensor_object, c_void_p).value
    given = [torch.ones(3), torch.ones(1), torch.ones(1)]
    before = [tensor._use_count() for tensor in given]  # type: ignore[attr-defined]
    thread = threading.Thread(target=graph, args=(given,))
    thread.start()
    while not c_int.in_dll(opened[0], "running").value and thread.is_alive():
        thread.join(0.001)
    assert opened[0].let_it_end()
    thread.join(PATIENCE_SECONDS)
    assert [tensor._use_count() for tensor in given] == before  # type: ignore[attr-defined]
    assert torch.equal(given[0], torch.ones(3))


def test_weights_that_change_open_no_second_library(made: Path, tmp_path: Path) -> None:
    path = package(tmp_path, made)
    assert open_graph(path, 1) is open_graph(path, 1)
    assert open_graph(path, 2) is not open_graph(path, 1)


def test_what_calls_back_is_left_to_the_loader(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = package(tmp_path, made, nodes=["aten::nanmedian.dim"])
    loaded = object()
    monkeypatch.setattr(aoti, "_by_loader", lambda *given: loaded if given == (path, 3) else None)
    assert open_graph(path, 3) is loaded


@pytest.mark.parametrize("broken", ["no package", "no library in it", "no functions in it", "not set up"])
def test_what_is_no_graph_is_refused(broken: str, made: Path, tmp_path: Path) -> None:
    junk = tmp_path / "b.wrapper.so"
    junk.write_bytes(b"no library")
    path = package(tmp_path, *{"no functions in it": [junk], "not set up": [made]}.get(broken, []))
    if broken == "no package":
        path.write_bytes(b"graph")
    with pytest.raises(RuntimeError):
        open_graph(path, 13)
