"""Proof that a case was deleted, for whoever has its acceptance number.

Nothing in it is personal: what it proves is that nothing personal is left.
"""

from aiohttp import web

from casework.allowance import Allowance
from casework.archive import unpack
from casework.case_retention import CERTIFICATE, certificate_name
from casework.errors import CaseworkError
from casework.numbers import read_number
from signaling.web import SERVICES


class AskedTooFast(CaseworkError):
    """More requests than a person makes who types numbers."""

    code = "too-many-tries"


def add_deletions(app: web.Application) -> None:
    """Serve certificates at ``/deleted/NUMBER``, with the proof at ``.zip``."""
    # A whole office may be behind one address.
    pace = Allowance(burst=30, per_second=0.5)

    async def proof_of(request: web.Request) -> bytes:
        services = request.app[SERVICES]
        if not pace.take(request.remote or "", 1, services.clock.now()):
            raise AskedTooFast
        number = read_number(request.match_info["number"])
        return await services.objects.get(certificate_name(number))

    async def certificate(request: web.Request) -> web.Response:
        told = unpack(await proof_of(request))[0][CERTIFICATE].decode()
        return web.Response(text=told, headers={"Cache-Control": "no-store"})

    async def proof(request: web.Request) -> web.Response:
        headers = {
            "Content-Disposition": 'attachment; filename="deletion.zip"',
            "Cache-Control": "no-store",
        }
        data = await proof_of(request)
        return web.Response(body=data, content_type="application/zip", headers=headers)

    app.router.add_get("/deleted/{number:[0-9 -]{14,20}}", certificate)
    app.router.add_get("/deleted/{number:[0-9 -]{14,20}}.zip", proof)
