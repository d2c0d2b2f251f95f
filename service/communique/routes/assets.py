"""What pages load. An address is that of its content, so whoever has it need never ask again."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response

from communique.assets import CODINGS, Asset, Assets
from communique.errors import NotFound
from communique.http import is_current

FOREVER = "public, max-age=31536000, immutable"


def router(assets: Assets) -> APIRouter:
    """/static/FILE."""
    routes = APIRouter(include_in_schema=False)
    files = {asset.file: asset for asset in assets.named.values()}

    @routes.get("/static/{file}")
    def asset(request: Request, file: str) -> Response:
        if file not in files:
            raise NotFound(f"there is no asset {file!r}")
        return _sent(request, files[file])

    return routes


def _sent(request: Request, asset: Asset) -> Response:
    coding = _coding(request.headers.get("accept-encoding", ""), asset.packed)
    # Each form has a validator of its own, since its bytes are others (RFC 9110 section 8.8.3.3).
    tag = f'"{asset.digest}{"-" + coding if coding else ""}"'
    headers = {"ETag": tag, "Cache-Control": FOREVER, "Vary": "Accept-Encoding"}
    if is_current(request, tag):
        return Response(status_code=304, headers=headers)
    if coding:
        headers["Content-Encoding"] = coding
    return Response(asset.packed.get(coding, asset.body), media_type=asset.type, headers=headers)


def _coding(header: str, packed: Mapping[str, bytes]) -> str:
    """The best coding that an Accept-Encoding header allows and there is; "" for none (RFC 9110 section 12.5.3)."""
    from werkzeug.datastructures import Accept
    from werkzeug.http import parse_accept_header

    allowed = parse_accept_header(header, Accept)
    return max(
        (coding for coding in CODINGS if coding in packed and allowed.quality(coding) > 0),
        key=allowed.quality, default="",
    )  # fmt: skip
