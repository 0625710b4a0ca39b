"""Parsing and comparison of API keys."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_HASHED = re.compile(r"sha256:([0-9a-fA-F]{64})")
_KEY = re.compile(r"[\x21-\x7e]+")
_SHORTEST_KEY = 16


def read_keys(entries: SecretStr | None, file: Path | None) -> dict[str, bytes]:
    """Return the SHA-256 of each key by its client's name.

    Args:
        entries: `name:key` or `name:sha256:HEX`, separated by commas or white space.
        file: text file with one entry per line; `#` begins a comment.

    Raises:
        ValueError: an entry can't be used; the message holds no key.
    """
    lines = [] if entries is None else re.split(r"[\s,]+", entries.get_secret_value())
    if file is not None:
        try:
            lines += [line.split("#")[0] for line in file.read_text(encoding="utf-8").splitlines()]
        except (OSError, UnicodeDecodeError):
            raise ValueError(f"'{file}' can't be read as text") from None
    digests: dict[str, bytes] = {}
    for number, line in enumerate((line.strip() for line in lines if line.strip()), 1):
        name, _, key = line.partition(":")
        if not _NAME.fullmatch(name) or not _KEY.fullmatch(key):
            raise ValueError(f"entry {number} of the API keys is not name:key or name:sha256:HEX")
        if name in digests:
            raise ValueError(f"two API keys have the name '{name}'")
        digests[name] = _digest(name, key)
    if not digests and (entries is not None or file is not None):
        raise ValueError("API keys are set but empty; unset them to be open to all")
    return digests


def hashed(entries: SecretStr) -> SecretStr:
    """Return the same entries with keys replaced by their hashes; ValueError as in `read_keys`."""
    digests = read_keys(entries, None)
    return SecretStr(" ".join(f"{name}:sha256:{digest.hex()}" for name, digest in digests.items()))


def matching(digests: Mapping[str, bytes], key: str) -> str | None:
    """Return the name of the client with this key, in a time independent of the keys."""
    given = hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()
    found = [name for name, digest in digests.items() if hmac.compare_digest(digest, given)]
    return found[0] if found else None


def _digest(name: str, key: str) -> bytes:
    hashed = _HASHED.fullmatch(key)
    if hashed:
        return bytes.fromhex(hashed[1])
    if len(key) < _SHORTEST_KEY:
        raise ValueError(f"the API key of '{name}' is shorter than {_SHORTEST_KEY} characters")
    return hashlib.sha256(key.encode()).digest()
