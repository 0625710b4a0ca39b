"""NPZ: arrays under the names of other tools."""

import dataclasses
import io
import json

import numpy as np

from model.body.body import Body
from model.fit.fitter import Fitter
from model.weights import ServedModel
from service.exchange import fit_document
from service.media import MediaType
from service.response.encode.npz import encode_npz
from tests.service.people import CAMERA, crowd, document
from tests.service.response.encode.conftest import Fit


def test_arrays_equal_the_fits(fit: Fit) -> None:
    answer = fit(crowd(1)[0], {}, crowd(2)[1], camera=CAMERA)
    file = np.load(io.BytesIO(encode_npz(answer)), allow_pickle=False)
    fits = [person_fit for _, person_fit in answer.fitted]
    assert file["person_index"].tolist() == [0, 2]
    assert file["poses"].shape == (2, 72)
    np.testing.assert_array_equal(file["poses"].reshape(2, 24, 3), [f.pose for f in fits])
    np.testing.assert_array_equal(file["trans"], [f.transl for f in fits])
    np.testing.assert_array_equal(file["vertices"], [f.vertices for f in fits])
    np.testing.assert_array_equal(file["faces"], answer.faces)
    assert str(file["gender"]) == "neutral"
    assert str(file["body_sha256"]) == answer.identity.body_sha256


def test_gender_is_that_of_the_served_body(served: ServedModel) -> None:
    female = dataclasses.replace(served.fitter.body.arrays, provenance={"gender": "female"})
    other = dataclasses.replace(served, fitter=Fitter(served.fitter.recovery, Body(female)))
    answer = fit_document(json.dumps(document()).encode(), other, MediaType.NPZ)
    file = np.load(io.BytesIO(encode_npz(answer)), allow_pickle=False)
    assert str(file["gender"]) == "female"
