"""Locations of the page's files: in the package, or in the checkout that it is installed from."""

from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from service.page.security import PAGE_POLICY, security_headers

STATIC = Path(__file__).parent / "static"
"""Folder of hand-written files, which work without a build."""

BUNDLE = Path(__file__).parent / "bundle"
"""Folder that `build.mjs` makes from npm packages at set-up; may be missing."""


def examples() -> dict[str, Path]:
    """Return the paths of example OpenPose files by name."""
    packaged = Path(__file__).parents[1] / "_examples"
    folder = packaged if packaged.is_dir() else Path(__file__).parents[2] / "examples"
    return {path.stem: path for path in folder.glob("*.json")}


class PageFiles(StaticFiles):
    """Static files with the page's security headers; browsers revalidate them before use."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file, or raise an HTTPException with the reason."""
        response = await super().get_response(path, scope)
        response.headers.update(security_headers(PAGE_POLICY))
        return response
