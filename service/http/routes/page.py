"""The page at `/`, the API documentation at `/docs`, and their static files."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel

from service.http.dependencies import RuntimeDep
from service.page.files import BUNDLE, STATIC, PageFiles, examples
from service.page.security import DOCUMENTATION_POLICY, PAGE_POLICY, security_headers

router = APIRouter(include_in_schema=False)

_written = PageFiles(directory=STATIC)
_bundled = PageFiles(directory=BUNDLE, check_dir=False)


class Parts(BaseModel):
    """The available parts of the pages, which depend on how the service was set up.

    Attributes:
        viewer: the 3D view was bundled.
        documentation: the API documentation was bundled.
        examples: names of the example files.
        api_key: fits need an API key.
    """

    viewer: bool
    documentation: bool
    examples: list[str]
    api_key: bool


@router.head("/")
@router.get("/")
async def page() -> FileResponse:
    """Serve the page."""
    return FileResponse(STATIC / "index.html", headers=security_headers(PAGE_POLICY))


@router.get("/docs")
async def documentation() -> FileResponse:
    """Serve the API documentation."""
    return FileResponse(STATIC / "docs.html", headers=security_headers(DOCUMENTATION_POLICY))


@router.get("/page/parts")
async def parts(runtime: RuntimeDep) -> Parts:
    """List the available parts, for the pages' scripts."""
    return Parts(
        viewer=(BUNDLE / "viewer.js").is_file(),
        documentation=(BUNDLE / "swagger-ui-bundle.js").is_file(),
        examples=sorted(examples()),
        api_key=runtime.clients.known,
    )


@router.get("/page/examples/{name}.json")
async def example(name: Annotated[str, Path(max_length=100)]) -> FileResponse:
    """Serve one of the examples that `/page/parts` lists."""
    found = examples().get(name)
    if found is None:
        raise HTTPException(404)
    return FileResponse(found, media_type="application/json", headers=security_headers(PAGE_POLICY))


@router.get("/page/bundle/{path:path}")
async def bundled(path: str, request: Request) -> Response:
    """Serve a file bundled from npm packages."""
    return await _bundled.get_response(path, request.scope)


@router.get("/page/{path:path}")
async def written(path: str, request: Request) -> Response:
    """Serve a script or style of the pages."""
    return await _written.get_response(path, request.scope)
