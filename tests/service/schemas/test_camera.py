"""Forms of a camera in a request."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from service.schemas.camera import Camera, CameraSource, FieldOfView, Intrinsics, Lens, ResolvedCamera

CAMERA: TypeAdapter[Any] = TypeAdapter(Camera)
FORMS = {
    Intrinsics: {"fx": 1000.0, "fy": 900.0, "cx": 0.0, "cy": -5.0},
    FieldOfView: {"fov_deg": 60.0},
    Lens: {"focal_mm": 35.0, "sensor_mm": 36.0},
}


@pytest.mark.parametrize("kind", FORMS)
def test_form_is_recognised_by_its_keys(kind: type) -> None:
    assert isinstance(CAMERA.validate_python(FORMS[kind]), kind)  # type: ignore[index]


@pytest.mark.parametrize(
    "value",
    [{}, [], None, 60, {"fov": 60}, FORMS[FieldOfView] | FORMS[Lens], FORMS[Intrinsics] | {"fov_deg": 60}],
)
def test_mixed_and_unknown_forms_are_rejected(value: object) -> None:
    with pytest.raises(ValidationError, match="either fx, fy, cx and cy, or fov_deg, or focal_mm"):
        CAMERA.validate_python(value)


@given(st.sampled_from([(kind, key) for kind, form in FORMS.items() for key in form]), st.data())
def test_missing_or_odd_numbers_are_rejected_at_their_key(
    field: tuple[type, str], data: st.DataObject
) -> None:
    kind, key = field
    form: dict[str, object] = dict(FORMS[kind])  # type: ignore[index]
    if len(form) > 1 and data.draw(st.booleans()):
        del form[key]
    else:
        form[key] = data.draw(st.sampled_from([float("nan"), float("inf"), 1e9, "60", None, True]))
    with pytest.raises(ValidationError) as caught:
        CAMERA.validate_python(form)
    assert {error["loc"][-1] for error in caught.value.errors()} == {key}


def test_unknown_intrinsics_are_nan() -> None:
    assert all(number != number for number in ResolvedCamera(CameraSource.ASSUMED).numbers)
    assert ResolvedCamera(CameraSource.GIVEN, 1, 2, 3, 4).numbers == (1, 2, 3, 4)
