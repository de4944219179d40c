"""What answers of a terminal's own addresses have in common."""

import contextlib
from collections.abc import AsyncGenerator

from aiohttp import web

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' blob: "
        "data:; media-src 'self' blob:; object-src 'none'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


async def show(
    request: web.Request, pictures: AsyncGenerator[bytes, None]
) -> web.StreamResponse:
    """Send JPEGs as motion JPEG until whoever looks is gone."""
    head = {"Content-Type": "multipart/x-mixed-replace; boundary=frame"}
    response = web.StreamResponse(headers=head | HEADERS)
    await response.prepare(request)
    with contextlib.suppress(ConnectionError):
        async with contextlib.aclosing(pictures):
            async for picture in pictures:
                part = b"--frame\r\nContent-Type: image/jpeg\r\n"
                size = f"Content-Length: {len(picture)}\r\n\r\n".encode()
                await response.write(part + size + picture + b"\r\n")
    return response
