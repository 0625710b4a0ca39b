"""Configurations: the shipped ones load, and every mistake is reported with its key."""

from pathlib import Path

import pytest

from model.train.config import ConfigError, StageConfig, TrainConfig, load_config, warmup_cosine
from model.train.run import CONFIGS

STAGE = "[[stages]]\niterations = 10\n"


def loaded(folder: Path, text: str) -> TrainConfig:
    path = folder / "run.toml"
    path.write_text(text)
    return load_config(path)


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.toml")), ids=lambda path: path.stem)
def test_shipped_configurations_load(path: Path) -> None:
    config = load_config(path)
    assert sum(stage.iterations for stage in config.stages) > 0


def test_there_are_shipped_configurations() -> None:
    assert list(CONFIGS.glob("*.toml"))


def test_missing_keys_take_their_defaults(tmp_path: Path) -> None:
    assert loaded(tmp_path, STAGE) == TrainConfig(stages=(StageConfig(iterations=10),))


def test_tables_within_tables(tmp_path: Path) -> None:
    config = loaded(
        tmp_path,
        'seed = 5\ndata_shares = [0.5, 0.5]\n[recovery]\nkind = "lgd"\n[recovery.lgd]\nwidth = 9\n'
        "[recovery.optimizer]\nwidth = 7\n"
        "input_scale = [1.0, 2.0, 3.0, 4.0, 5.0]\n[synthesis.detector]\njitter = 0.5\n"
        "[loss]\nlate = 2.0\n" + STAGE + "[[stages]]\niterations = 3\nunroll = 2\n",
    )
    assert config.seed == 5
    assert config.data_shares == (0.5, 0.5)
    assert (config.recovery.kind, config.recovery.lgd.width) == ("lgd", 9)
    assert config.recovery.optimizer.width == 7
    assert config.recovery.optimizer.input_scale == (1.0, 2.0, 3.0, 4.0, 5.0)
    assert config.synthesis.detector.jitter == 0.5
    assert config.loss.late == 2.0
    assert [(stage.iterations, stage.unroll) for stage in config.stages] == [(10, 0), (3, 2)]
    assert [config.stages[1].steps(iteration) for iteration in range(3)] == [2, 2, 2]


def test_earlier_names_of_settings_are_read(tmp_path: Path) -> None:
    text = (
        '[recovery.optimizer]\ntold = "product"\nlargest_step = 0.25\n[recovery.lgd]\nlargest_step = 0.75\n'
    )
    config = loaded(tmp_path, text + STAGE)
    assert config.recovery.optimizer.metric_input == "product"
    assert config.recovery.optimizer.max_step == 0.25
    assert config.recovery.lgd.max_step == 0.75


def test_of_several_unrolls_iterations_take_turns(tmp_path: Path) -> None:
    (stage,) = loaded(tmp_path, STAGE + "unroll = [4, 4, 8]\n").stages
    assert [stage.steps(iteration) for iteration in range(5)] == [4, 4, 8, 4, 4]


MISTAKES = {
    "no stages": ("seed = 3", "stages"),
    "empty": ("", "stages"),
    "not TOML": ("seed = ", "run.toml"),
    "unknown key": ("sead = 3\n" + STAGE, "sead"),
    "unknown nested key": ("[synthesis.detector]\njiter = 0.1\n" + STAGE, "synthesis.detector.jiter"),
    "unknown key of a stage": (STAGE + "steps = 4\n", "stages.steps"),
    "no iterations": ("[[stages]]\nbatch = 3\n", "iterations"),
    "no unroll": (STAGE + "unroll = []\n", "unroll"),
    "unknown key of LGD": ("[recovery.lgd]\nwidt = 8\n" + STAGE, "recovery.lgd.widt"),
    "another optimizer": ('[recovery]\nkind = "adam"\n' + STAGE, "recovery.kind"),
    "nothing to train": ("freeze_guess = true\n" + STAGE, "freeze_guess"),
    "a number for a table": ("loss = 3\n" + STAGE, "loss"),
    "a nested number for a table": ("[synthesis]\nview = 3\n" + STAGE, "synthesis.view"),
}
CRASHES = {
    "a table for a number": ("[seed]\na = 1\n" + STAGE, "seed"),
    "a table for a stage's number": (STAGE + "[stages.batch]\na = 1\n", "stages.batch"),
    "one table of stages": ("[stages]\niterations = 3\n", "stages"),
    "a number for stages": ("stages = 3\n", "stages"),
    "text for a number": ('[[stages]]\niterations = "ten"\n', "iterations"),
    "text for a nested number": ('[loss]\nlate = "very"\n' + STAGE, "loss.late"),
    "a number for a list": ("data_shares = 3\n" + STAGE, "data_shares"),
    "a number for yes or no": ("bf16 = 3\n" + STAGE, "bf16"),
    "a fraction of an iteration": ("[[stages]]\niterations = 1.5\n", "iterations"),
    "an empty batch": (STAGE + "batch = 0\n", "batch"),
    "more than all from the prior": ("prior_share = 1.5\n" + STAGE, "prior_share"),
    "steps back": (STAGE + "unroll = -1\n", "unroll"),
}


@pytest.mark.parametrize(("text", "key"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_are_reported_with_file_and_key(tmp_path: Path, text: str, key: str) -> None:
    with pytest.raises(ConfigError, match=r"run\.toml") as caught:
        loaded(tmp_path, text)
    assert key in str(caught.value)


@pytest.mark.parametrize(("text", "key"), CRASHES.values(), ids=CRASHES)
def test_values_of_another_type_are_reported_with_file_and_key(tmp_path: Path, text: str, key: str) -> None:
    with pytest.raises(ConfigError, match=r"run\.toml") as caught:
        loaded(tmp_path, text)
    assert key in str(caught.value)


def test_an_unknown_key_is_the_only_message(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, STAGE + "steps = 4\n")
    assert str(caught.value).endswith("run.toml: unknown key stages.steps")


def test_rates_warm_up_and_end_near_a_hundredth() -> None:
    stage = StageConfig(iterations=100, warmup=4, initializer_rate=2.0, optimizer_rate=1.0)
    rates = [stage.rates(iteration) for iteration in range(100)]
    assert rates[0]["initializer"] == pytest.approx(0.5)
    assert rates[3]["initializer"] == pytest.approx(2.0, rel=0.01)
    assert rates[-1]["optimizer"] == pytest.approx(0.01, rel=0.05)
    assert all(rate["initializer"] == 2 * rate["optimizer"] for rate in rates)
    assert warmup_cosine(0, 0, 10) == 1.0


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml"):
        load_config(tmp_path / "none.toml")


def test_a_binary_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match=r"bad\.toml"):
        load_config(tmp_path / "bad.toml")
