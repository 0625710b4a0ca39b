"""Configurations of experiments: shipped files can be read, `quick` changes some keys, mistakes fail."""

from pathlib import Path

import pytest

from model.experiments.analytic.meta import MetaConfig
from model.experiments.errors import ExperimentError
from model.experiments.quadratics import QuadraticsConfig
from model.experiments.registry import CONFIGS, EXPERIMENTS
from model.experiments.settings_file import load_settings, merged, validated


def test_every_configuration_is_of_an_experiment() -> None:
    assert {path.stem for path in CONFIGS.glob("*.toml")} == set(EXPERIMENTS)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_shipped_configurations_can_be_read(name: str) -> None:
    full, quick = (
        load_settings(CONFIGS / f"{name}.toml", EXPERIMENTS[name].settings, quick=q) for q in (False, True)
    )
    assert full != quick


def test_rows_of_the_ablation_differ_in_training() -> None:
    name = "quadratics-ablation"
    settings = load_settings(CONFIGS / f"{name}.toml", EXPERIMENTS[name].settings, quick=False)
    metas = [validated(MetaConfig, merged(settings.meta, row.change)) for row in settings.rows.values()]
    assert len(set(map(repr, metas))) == len(metas)
    assert metas[0] == validated(MetaConfig, settings.meta)


def test_nested_tables_are_merged() -> None:
    assert merged({"a": {"b": 1, "c": 2}, "d": 3}, {"a": {"b": 9}, "e": 4}) == {
        "a": {"b": 9, "c": 2},
        "d": 3,
        "e": 4,
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("full = [", "can't be read"),
        ("[full]\nsteps = 3", "meta: "),
        ("[full]\nmeta.iterations = 0", "meta.iterations: Input should be greater than or equal to 1"),
        ("[full]\nmeta.iterations = 1\nstep = 3", "unknown key step"),
        ("[full]\nmeta.iterations = 1\nmeta.optimizer.widht = 3", "unknown key meta.optimizer.widht"),
    ],
)
def test_mistakes_are_errors(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(ExperimentError) as caught:
        load_settings(path, QuadraticsConfig, quick=False)
    assert said in str(caught.value)
    assert "mine.toml" in str(caught.value)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match=r"none\.toml can't be read"):
        load_settings(tmp_path / "none.toml", QuadraticsConfig, quick=False)
