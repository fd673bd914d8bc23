"""The interactive documentation, from this machine alone: hospital networks reach no CDN."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from api.security.headers import DOCUMENTATION

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Vigía API</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
_START = """SwaggerUIBundle({
  url: "openapi.json", dom_id: "#swagger-ui", deepLinking: true, validatorUrl: null,
});
"""
# The package carries Swagger UI's files; its own way of serving them is not needed.
_FOLDER = Path(str(files("fastapi_offline") / "static"))
_FILES = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript"}


def docs_router() -> APIRouter:
    """Return the page and its files; none of them is part of the OpenAPI document."""
    router = APIRouter(include_in_schema=False)

    @router.get(DOCUMENTATION, operation_id="docs")
    async def docs(_: Request) -> Response:
        return Response(_PAGE, media_type="text/html")

    @router.get(f"{DOCUMENTATION}/{{name}}", operation_id="docs_file")
    async def docs_file(request: Request) -> Response:
        name = request.path_params["name"]
        if name == "start.js":
            return Response(_START, media_type="text/javascript")
        if name not in _FILES:
            raise HTTPException(404)
        return FileResponse(_FOLDER / name, media_type=_FILES[name])

    return router
