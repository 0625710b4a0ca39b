"""Parsing and comparison of API keys."""

import hashlib
import hmac
import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from service.auth import api_keys
from service.auth.api_keys import hashed, matching, read_keys
from service.settings import SettingsError, load_settings

KEY, OTHER = "correct-horse-battery", "another:key:of-some-length"
NAMES = st.text(string.ascii_letters + string.digits + "_.-", min_size=1, max_size=64)
KEYS = st.text(string.ascii_letters + string.digits + "!#$:;=@~", min_size=16, max_size=40)
HEX = hashlib.sha256(OTHER.encode()).hexdigest()


def test_keys_are_read_plain_or_hashed_from_text_and_file(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"# clients\n\nbob:sha256:{HEX}  # by hash\n")
    digests = read_keys(SecretStr(f"ann:{KEY}"), file)
    assert matching(digests, KEY) == "ann"
    assert matching(digests, OTHER) == "bob"
    assert matching(digests, HEX) is None
    assert matching(digests, "") is None
    assert read_keys(SecretStr(f"ann:{KEY}, bob:{OTHER}"), None) == digests
    assert read_keys(None, None) == {}


@pytest.mark.parametrize(
    "text", ["", " ,", KEY, f":{KEY}", "ann:", "ann:short", f"ann:{KEY} ann:{OTHER}", f"an n:{KEY}"]
)
def test_invalid_entries_are_rejected_without_showing_the_key(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HMR_API_KEYS", text)
    with pytest.raises(SettingsError, match="API key") as caught:
        load_settings()
    assert KEY not in str(caught.value)


def test_keys_are_never_printed() -> None:
    settings = load_settings(api_keys=SecretStr(f"ann:{KEY}"))
    assert KEY not in repr(settings) + str(settings)


def test_settings_keep_only_hashes_of_keys() -> None:
    settings = load_settings(api_keys=SecretStr(f"ann:{KEY} bob:sha256:{HEX}"))
    assert settings.api_keys is not None
    kept = settings.api_keys.get_secret_value()
    assert kept == f"ann:sha256:{hashlib.sha256(KEY.encode()).hexdigest()} bob:sha256:{HEX}"
    assert KEY not in str(vars(settings))
    assert matching(settings.key_digests, KEY) == "ann"


def test_all_keys_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[Any] = []

    class Watched:
        @staticmethod
        def compare_digest(one: bytes, other: bytes) -> bool:
            compared.append((one, other))
            return hmac.compare_digest(one, other)

    monkeypatch.setattr(api_keys, "hmac", Watched)
    digests = read_keys(SecretStr(f"ann:{KEY} bob:{OTHER}"), None)
    matching(digests, KEY)
    matching(digests, "x")
    assert len(compared) == 4


@given(st.dictionaries(NAMES, KEYS, min_size=1, max_size=4))
def test_hashed_entries_have_the_same_keys(keys: dict[str, str]) -> None:
    entries = SecretStr(",".join(f"{name}:{key}" for name, key in keys.items()))
    assert read_keys(hashed(entries), None) == read_keys(entries, None)
    for name, key in keys.items():
        found = matching(read_keys(entries, None), key)
        assert found is not None
        assert keys[found] == keys[name]
