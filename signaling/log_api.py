"""What auditors may ask of the evidence log: digests, sizes, and proofs of them.

Nobody signs in for it. What an entry says is not here: only who holds a dossier can
tell what a digest stands for.
"""

import msgspec
from aiohttp import web

from casework.allowance import Allowance
from casework.errors import NotFound
from casework.log_proofs import consistency, inclusion
from signaling.deletions_api import AskedTooFast
from signaling.services import Services
from signaling.web import SERVICES

NO_STORE = {"Cache-Control": "no-store"}


def add_log(app: web.Application) -> None:
    """Serve the log's checkpoint, and proofs, below ``/log``."""
    pace = Allowance(burst=120, per_second=2.0)

    def services(request: web.Request) -> Services:
        found = request.app[SERVICES]
        if not pace.take(request.remote or "", 1, found.clock.now()):
            raise AskedTooFast
        return found

    async def checkpoint(request: web.Request) -> web.Response:
        evidence = services(request).evidence
        # Never a new one: that costs a timestamp, and anybody may ask.
        kept = evidence.checkpoints.kept
        newest = await kept.of_size(await kept.last_witnessed())
        if newest is None:
            raise NotFound("checkpoint")
        lines = await evidence.cosigning.lines(newest.size)
        note = "".join([newest.note, *(f"{line}\n" for line in lines)])
        return web.Response(text=note, headers=NO_STORE)

    async def entry(request: web.Request) -> web.Response:
        log = services(request).evidence.checkpoints.log
        index = int(request.match_info["index"])
        return _json(await inclusion(log, index, _number(request, "size")))

    async def growth(request: web.Request) -> web.Response:
        log = services(request).evidence.checkpoints.log
        sizes = _number(request, "first"), _number(request, "second")
        return _json(await consistency(log, *sizes))

    app.router.add_get("/log/checkpoint", checkpoint)
    app.router.add_get("/log/entries/{index:[0-9]{1,15}}", entry)
    app.router.add_get("/log/consistency", growth)


def _number(request: web.Request, name: str) -> int:
    text = request.query.get(name, "")
    if not text.isdecimal() or len(text) > 15:
        raise NotFound(name)
    return int(text)


def _json(found: msgspec.Struct) -> web.Response:
    body = msgspec.json.encode(found)
    return web.Response(body=body, content_type="application/json", headers=NO_STORE)
