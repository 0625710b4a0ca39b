"""Settings from the environment."""

from pathlib import Path

import pytest

from service.settings import SettingsError, load_settings


def test_defaults_need_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HMR_WEIGHTS", "HMR_BODY", "HMR_PORT"):
        monkeypatch.delenv(name, raising=False)
    settings = load_settings()
    assert (settings.port, settings.device) == (8000, "auto")


def test_arguments_override_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HMR_PORT", "9001")
    monkeypatch.setenv("HMR_QUEUE_SIZE", "7")
    settings = load_settings(port=9002, host=None)
    assert (settings.port, settings.queue_size, settings.host) == (9002, 7, "127.0.0.1")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HMR_PORT", "http"),
        ("HMR_PORT", "70000"),
        ("HMR_DEVICE", "gpu"),
        ("HMR_THREADS", "0"),
        ("HMR_QUEUE_SIZE", "0"),
        ("HMR_DEADLINE_SECONDS", "-1"),
        ("HMR_DEADLINE_SECONDS", "inf"),
        ("HMR_MAX_PEOPLE", "0"),
        ("HMR_LOG_LEVEL", "loud"),
        ("HMR_WEIGHTS", "/no/such/folder"),
        ("HMR_BODY", "/no/such/file"),
        ("HMR_API_KEYS_FILE", "/no/such/file"),
        ("HMR_MAX_BATCH_PEOPLE", "0"),
        ("HMR_BATCH_WAIT_MS", "-1"),
        ("HMR_DRAIN_SECONDS", "60"),
        ("HMR_KEY_RATE", "0"),
        ("HMR_LOG_FORMAT", "xml"),
    ],
)
def test_invalid_values_are_rejected_by_name(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name):
        load_settings()


def test_contradictions_are_rejected(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"HMR_MAX_PEOPLE.*HMR_MAX_BODY_BYTES"):
        load_settings(max_people=1000, max_body_bytes=1000)
    with pytest.raises(SettingsError, match=r"HMR_THREADS.*HMR_DEVICE"):
        load_settings(threads=2, device="cuda:0")
    assert load_settings(threads=2, device="cpu", weights=tmp_path).weights == tmp_path
