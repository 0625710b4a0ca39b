"""The answer as NumPy arrays, one row per fitted person, under the names of SMPL and AMASS tools."""

import io

import numpy as np

from service.response.answer import Answer
from service.response.encode.scene import check_fitted
from service.schemas.answer import FRAME


def encode_npz(answer: Answer) -> bytes:
    """Encode an answer as an .npz file that loads with `allow_pickle=False`; camera frame, metres, radians.

    `poses` (N, 72) axis-angle, `betas` (N, 10), `trans` (N, 3), `joints` (N, 24, 3), `vertices` (N, V, 3),
    `faces` (F, 3), `person_index` (N,) positions in the request, `camera` (N, 4) fx, fy, cx, cy in pixels,
    `residual_px` (N,), and as text `gender` (the body's: neutral, female or male), `frame`, `body`,
    `body_sha256`, `weights`, `weights_sha256`.

    Raises:
        NobodyFittedError: no person was fitted.
    """
    check_fitted(answer)
    fits = [fit for _, fit in answer.fitted]
    identity = answer.identity
    file = io.BytesIO()
    np.savez(
        file,
        poses=np.stack([fit.pose.reshape(-1) for fit in fits]),
        betas=np.stack([fit.betas for fit in fits]),
        trans=np.stack([fit.transl for fit in fits]),
        joints=np.stack([fit.joints3d for fit in fits]),
        vertices=np.stack([fit.vertices for fit in fits if fit.vertices is not None]),
        faces=answer.faces.astype(np.int32),
        person_index=np.array([person.index for person, _ in answer.fitted], np.int32),
        camera=np.array([fit.camera for fit in fits], np.float32),
        residual_px=np.array([fit.residual_px for fit in fits], np.float32),
        gender=np.array(str(identity.body_gender)),
        frame=np.array(FRAME),
        body=np.array(identity.body_name),
        body_sha256=np.array(identity.body_sha256),
        weights=np.array(identity.weights_version),
        weights_sha256=np.array(identity.weights_sha256),
    )
    return file.getvalue()
