"""Formats: negotiation and file names."""

from pathlib import PurePath

import pytest

from service.errors import NotAcceptableError
from service.http.negotiation import negotiate
from service.media import MediaType, media_type_of


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, MediaType.JSON),
        ("", MediaType.JSON),
        ("*/*", MediaType.JSON),
        ("text/html, application/xhtml+xml, */*;q=0.8", MediaType.JSON),
        ("model/gltf-binary", MediaType.GLB),
        ("MODEL/GLTF-BINARY;q=0.3", MediaType.GLB),
        ("model/*", MediaType.GLB),
        ("model/*, model/gltf-binary;q=0", MediaType.OBJ),
        ("application/json;q=0.1, model/obj", MediaType.OBJ),
        ("application/json;q=0, */*", MediaType.GLB),
        ("application/ply; charset=binary", MediaType.PLY),
        ("application/*;q=0.5, application/x-npz", MediaType.NPZ),
    ],
)
def test_the_best_acceptable_format_is_chosen(accept: str | None, expected: MediaType) -> None:
    assert negotiate(accept) is expected


@pytest.mark.parametrize(
    "accept", ["text/html", "image/*", "application/json;q=0", "*/*;q=0", "model/obj;q=x", ",", "nonsense"]
)
def test_nothing_acceptable_is_said(accept: str) -> None:
    with pytest.raises(NotAcceptableError, match="model/gltf-binary"):
        negotiate(accept)


@pytest.mark.parametrize("media", MediaType)
def test_a_files_name_tells_its_format(media: MediaType) -> None:
    assert media_type_of(PurePath(f"out{media.extension}")) is media
    assert media_type_of(PurePath(f"out{media.extension.upper()}")) is media


def test_unknown_names_are_refused() -> None:
    with pytest.raises(NotAcceptableError, match=r"\.glb"):
        media_type_of(PurePath("out.fbx"))
