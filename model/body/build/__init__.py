"""Construction of the open body from MakeHuman's shapes. Needed only to rebuild it, with the extra `build`.

Raises:
    BodyError: on import, where the extra isn't installed.
"""

from importlib.util import find_spec

from model.body.arrays import BodyError

_missing = [name for name in ("anny", "fast_simplification", "scipy", "trimesh") if find_spec(name) is None]
if _missing:
    raise BodyError(f"Building a body needs {', '.join(_missing)}: install the extra 'build'.")
