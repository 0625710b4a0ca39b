"""Settings of the service, from environment variables `HMR_…` or given in code."""

import re
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from service.auth.api_keys import hashed, read_keys

_PREFIX = "HMR_"
# Origins as browsers send them: without a path, even without a slash.
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?|https?://\[[0-9a-fA-F:]+\](:\d{1,5})?")
_DEVICE = re.compile(r"auto|cpu|cuda(:\d+)?")

# Approximate JSON size of one person's keypoints.
_BYTES_PER_PERSON = 300


class SettingsError(Exception):
    """A setting can't be used; the message names the setting and the reason."""


class Settings(BaseSettings):
    """All settings. Their environment variables are the names in capitals with the prefix `HMR_`."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX,
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )

    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    """Address to listen at."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    """Port to listen at; 0 for any free port."""
    weights: Path | None = None
    """Folder with `manifest.json`; the shipped weights by default."""
    body: Path | None = None
    """File of another body, written by `hmr body import`; the manifest's body by default."""
    device: str = "auto"
    """`auto`, `cpu`, `cuda` or `cuda:1`."""
    threads: Annotated[int, Field(ge=1, le=1024)] | None = None
    """CPU threads of one batch; 1 by default, which is fastest for a few people."""
    cache: Path | None = None
    """Folder of compiled fits; by default `hmr` in the user's cache folder."""
    compiled: Literal["auto", "background", "off"] = "auto"
    """`auto`: use the graphs that `hmr warm` compiled, if any; `background`: compile missing graphs once,
    beside the running service; `off`: never use compiled graphs."""
    max_body_bytes: Annotated[int, Field(ge=1)] = 10_000_000
    """Longest request body, bytes."""
    max_people: Annotated[int, Field(ge=1, le=4096)] = 128
    """Most people in one request."""
    queue_size: Annotated[int, Field(ge=1)] = 256
    """Most requests that may wait for the device."""
    queue_people: Annotated[int, Field(ge=1)] = 4096
    """Most people that may wait for the device."""
    max_batch_people: Annotated[int, Field(ge=1, le=4096)] = 64
    """Most people in a batch shared by several requests; 1 switches sharing off."""
    batch_wait_ms: Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)] = 5.0
    """Longest time that a request is held back to share a batch, milliseconds; under load only."""
    deadline_seconds: Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)] = 30.0
    """Longest time from queueing a request to the end of its fit, seconds."""
    body_seconds: Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)] = 30.0
    """Longest time for a body to arrive, seconds."""
    drain_seconds: Annotated[float, Field(ge=0, le=20, allow_inf_nan=False)] = 3.0
    """Time after SIGTERM in which `/readyz` answers 503 before the port is closed, seconds."""
    max_bulk_bytes: Annotated[int, Field(ge=1)] = 64_000_000
    """Longest body of `/v1/fit/batch`, bytes."""
    max_bulk_lines: Annotated[int, Field(ge=1)] = 10_000
    """Most lines in the body of `/v1/fit/batch`."""
    max_bulk_requests: Annotated[int, Field(ge=1)] = 4
    """Most requests to `/v1/fit/batch` at a time."""
    api_keys: SecretStr | None = None
    """`name:key` of each client, or `name:sha256:` and the key's SHA-256 in hex; unset: open to all."""
    api_keys_file: Path | None = None
    """File of entries as in `api_keys`, one per line."""
    cors_origins: str = ""
    """Origins of pages that may call the API, such as `https://example.org`; none by default."""
    key_concurrency: Annotated[int, Field(ge=1)] = 64
    """Most requests at a time with one key."""
    key_rate: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    """Most requests per second with one key; unlimited by default."""
    log_format: Literal["auto", "json", "text"] = "auto"
    """Log lines as JSON or text; `auto`: text at a terminal, JSON elsewhere."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Least severe level that is logged."""

    @field_validator("device")
    @classmethod
    def _known_device(cls, device: str) -> str:
        if not _DEVICE.fullmatch(device):
            raise ValueError("must be auto, cpu, cuda or cuda with a number, such as cuda:1")
        return device

    @field_validator("api_keys")
    @classmethod
    def _only_hashes_are_kept(cls, entries: SecretStr | None) -> SecretStr | None:
        return None if entries is None else hashed(entries)

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, origins: str) -> str:
        if not all(_ORIGIN.fullmatch(origin) for origin in _parts(origins)):
            raise ValueError("must be origins such as https://example.org with commas between them")
        return origins

    @field_validator("weights")
    @classmethod
    def _is_folder(cls, folder: Path | None) -> Path | None:
        if folder is not None and not folder.is_dir():
            raise ValueError(f"'{folder}' is not a folder")
        return folder

    @field_validator("body", "api_keys_file")
    @classmethod
    def _is_file(cls, file: Path | None) -> Path | None:
        if file is not None and not file.is_file():
            raise ValueError(f"'{file}' is not a file")
        return file

    @model_validator(mode="after")
    def _consistent(self) -> "Settings":
        if self.max_people * _BYTES_PER_PERSON > self.max_body_bytes:
            raise ValueError(
                f"{_PREFIX}MAX_PEOPLE={self.max_people} people don't fit into "
                f"{_PREFIX}MAX_BODY_BYTES={self.max_body_bytes}; raise the second or lower the first"
            )
        if self.threads is not None and self.device.startswith("cuda"):
            raise ValueError(
                f"{_PREFIX}THREADS is for fits on the CPU, but {_PREFIX}DEVICE={self.device}; unset one"
            )
        return self

    @model_validator(mode="after")
    def _keys_can_be_read(self) -> "Settings":
        read_keys(self.api_keys, self.api_keys_file)
        return self

    @property
    def allowed_origins(self) -> list[str]:
        """The origins of `cors_origins`, split."""
        return _parts(self.cors_origins)

    @cached_property
    def key_digests(self) -> dict[str, bytes]:
        """SHA-256 of each client's key by the client's name; empty if no keys are in use."""
        return read_keys(self.api_keys, self.api_keys_file)


def load_settings(**values: Any) -> Settings:
    """Return the settings of the environment, overridden by the given values (None: not given).

    Raises:
        SettingsError: a value can't be used.
    """
    try:
        return Settings(**{name: value for name, value in values.items() if value is not None})
    except ValidationError as error:
        raise SettingsError("; ".join(_message(dict(item)) for item in error.errors())) from None


def _parts(text: str) -> list[str]:
    return [part for part in re.split(r"[\s,]+", text) if part]


def _message(error: dict[str, Any]) -> str:
    name = "".join(f"{_PREFIX}{part}".upper() for part in error["loc"][:1])
    message = str(error["msg"]).removeprefix("Value error, ")
    return f"{name}: {message}" if name else message
