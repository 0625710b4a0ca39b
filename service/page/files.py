"""Locations of the page's files: in the package, or in the checkout that it is installed from."""

from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from service.page.security import PAGE_POLICY, security_headers

STATIC = Path(__file__).parent / "static"
"""Written by hand: works without any build."""

BUNDLE = Path(__file__).parent / "bundle"
"""Made by `build.mjs` from npm's packages at set-up; may be missing."""


def examples() -> dict[str, Path]:
    """OpenPose files to try the service with, by name."""
    packaged = Path(__file__).parents[1] / "_examples"
    folder = packaged if packaged.is_dir() else Path(__file__).parents[2] / "examples"
    return {path.stem: path for path in folder.glob("*.json")}


class PageFiles(StaticFiles):
    """Files with the page's security headers; browsers ask whether they have changed before they use them."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, or an HTTPException that says why not."""
        response = await super().get_response(path, scope)
        response.headers.update(security_headers(PAGE_POLICY))
        return response
