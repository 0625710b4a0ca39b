"""Resolving a request's camera to pinhole intrinsics."""

import math

from model.keypoints.errors import InputError
from model.keypoints.openpose import ImageSize
from service.schemas.camera import CameraSource, FieldOfView, Intrinsics, Lens, ResolvedCamera

_NARROWEST_DEG, _WIDEST_DEG = 1.0, 175.0

# A crop's principal point may lie outside of it, but not this many picture sizes away.
_MAX_CENTRE_OFFSET = 10.0


def resolve_camera(camera: Intrinsics | FieldOfView | Lens | None, image: ImageSize | None) -> ResolvedCamera:
    """Return the pinhole camera of a request.

    Without a camera, the focal length is the picture's diagonal in pixels, a diagonal field of view of 53
    degrees, which is the usual assumption (Kissos et al., 2020). Without the picture's size nothing is
    assumed here.

    Raises:
        InputError: the picture's size is needed but missing, or no real camera has such intrinsics.
    """
    if isinstance(camera, Intrinsics):
        _check_centre(camera, image)
        resolved = ResolvedCamera(CameraSource.GIVEN, camera.fx, camera.fy, camera.cx, camera.cy)
    elif isinstance(camera, FieldOfView):
        width = _width(image, "camera.fov_deg")
        focal = width / 2 / math.tan(math.radians(camera.fov_deg) / 2)
        resolved = _centred(CameraSource.GIVEN, focal, image)
    elif isinstance(camera, Lens):
        focal = _width(image, "camera.focal_mm") * camera.focal_mm / camera.sensor_mm
        resolved = _centred(CameraSource.GIVEN, focal, image)
    elif image is not None:
        resolved = _centred(CameraSource.ASSUMED_FROM_IMAGE, math.hypot(*image), image)
    else:
        return ResolvedCamera(CameraSource.ASSUMED)
    _check_view(resolved, image, "camera.focal_mm" if isinstance(camera, Lens) else "camera.fx")
    return resolved


def _centred(source: CameraSource, focal: float, image: ImageSize | None) -> ResolvedCamera:
    width, height = image or (0.0, 0.0)
    return ResolvedCamera(source, focal, focal, width / 2, height / 2)


def _width(image: ImageSize | None, path: str) -> float:
    if image is None:
        raise InputError("needs the picture's size: send `image` {width, height} too", path)
    return image[0]


def _check_view(camera: ResolvedCamera, image: ImageSize | None, path: str) -> None:
    """Refuse a field of view that no lens has; most likely millimetres were sent as pixels."""
    if image is None:
        return
    width, focal = image[0], camera.numbers[0]
    angle = math.degrees(2 * math.atan2(width / 2, focal))
    if not _NARROWEST_DEG <= angle <= _WIDEST_DEG:
        raise InputError(
            f"gives a picture {width:g} pixels wide a horizontal field of view of {angle:.3g} degrees; "
            f"real cameras have {_NARROWEST_DEG:g} to {_WIDEST_DEG:g}; focal lengths are in pixels",
            path,
        )


def _check_centre(camera: Intrinsics, image: ImageSize | None) -> None:
    if image is None:
        return
    for name, centre, side in (("cx", camera.cx, image[0]), ("cy", camera.cy, image[1])):
        if not -_MAX_CENTRE_OFFSET * side <= centre <= (1 + _MAX_CENTRE_OFFSET) * side:
            raise InputError(f"is far outside of a picture of {side:g} pixels", f"camera.{name}")
