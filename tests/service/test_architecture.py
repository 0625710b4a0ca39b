"""What may import what, in the service."""

import subprocess
import sys


def test_schemas_and_the_reader_need_no_torch() -> None:
    script = (
        "import sys, service.schemas.request, service.schemas.answer, service.schemas.status, "
        "service.schemas.problem, model.keypoints.openpose; assert 'torch' not in sys.modules; "
        "assert 'fastapi' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_settings_and_media_types_need_no_torch() -> None:
    script = "import sys, service.settings, service.media; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True)
