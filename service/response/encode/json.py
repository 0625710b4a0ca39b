"""The answer as JSON, in the form of `FitAnswer`."""

import base64
import time
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from service.response.answer import Answer, AnsweredPerson, PersonFit
from service.schemas.answer import FRAME
from service.schemas.request import MeshEncoding

_FIT_FIELDS = (
    "pose", "betas", "transl", "joints3d", "keypoints3d", "keypoints2d", "residual_px", "objective",
    "best_step",
)  # fmt: skip
_NO_FIT: dict[str, Any] = dict.fromkeys((*_FIT_FIELDS, "camera", "mesh"))


def encode_json(answer: Answer) -> bytes:
    """Encode an answer as UTF-8 JSON, with the fewest digits that restore the same float32 numbers."""
    start = time.perf_counter()
    # The people are encoded first, so that the time for them can be part of the answer.
    people = _dump([_person(person, answer.options.mesh_encoding) for person in answer.people])
    options = answer.options
    faces = _mesh("faces", answer.faces, np.uint32, options.mesh_encoding) if options.faces else None
    seconds = {**answer.seconds, "encode": time.perf_counter() - start}
    return _dump(
        {
            "people": orjson.Fragment(people),
            "camera": answer.camera._asdict(),
            "frame": FRAME,
            "layout": answer.layout,
            "body": answer.identity.body,
            "weights": answer.identity.weights,
            "faces": faces,
            "warnings": answer.warnings,
            "timing_ms": {name: round(1000 * value, 3) for name, value in seconds.items()},
        }
    )


def _person(person: AnsweredPerson, encoding: MeshEncoding) -> dict[str, Any]:
    entry = {
        "index": person.index,
        "status": person.status,
        "message": person.message,
        "layout": person.layout,
        "observed": person.observed,
    }
    return entry | (_NO_FIT if person.fit is None else _fit(person.fit, encoding))


def _fit(fit: PersonFit, encoding: MeshEncoding) -> dict[str, Any]:
    entry = {name: getattr(fit, name) for name in _FIT_FIELDS}
    # As float32, so that no meaningless digits are written.
    entry["residual_px"] = np.float32(fit.residual_px)
    entry["camera"] = dict(zip(("fx", "fy", "cx", "cy"), map(np.float32, fit.camera), strict=True))
    entry["mesh"] = None if fit.vertices is None else _mesh("vertices", fit.vertices, np.float32, encoding)
    return entry


def _mesh(name: str, array: NDArray[Any], dtype: type[np.generic], encoding: MeshEncoding) -> dict[str, Any]:
    array = np.ascontiguousarray(array, dtype=dtype)
    values: object = array
    if encoding is MeshEncoding.BASE64:
        values = base64.b64encode(array.astype(array.dtype.newbyteorder("<")).tobytes()).decode("ascii")
    return {"encoding": encoding, "dtype": array.dtype.name, "shape": list(array.shape), name: values}


def _dump(value: object) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY)
