"""The square that lets the applicant's own phone send a paper."""

import msgspec
import segno
from aiohttp import web

from counter_client.office import ServerOffice
from protocol.ids import CaseId, MaterialId


class _Invited(msgspec.Struct, frozen=True):
    url: str
    seconds: int


def phone_routes(office: ServerOffice) -> list[web.RouteDef]:
    """Return the address of the terminal's page that gets a new invitation."""

    async def invite(request: web.Request) -> web.Response:
        asked = {
            "case": CaseId(request.match_info["case"]),
            "material": MaterialId(request.match_info["material"]),
        }
        raw = await office.ask("POST", "/api/terminal/phones", asked)
        invited = msgspec.json.decode(raw, type=_Invited)
        return web.json_response(
            {
                "url": invited.url,
                "seconds": invited.seconds,
                "svg": as_square(invited.url),
            }
        )

    return [web.post("/local/phones/{case}/{material}", invite)]


def as_square(url: str) -> str:
    """Return ``url`` as a QR code (ISO/IEC 18004), an SVG for a picture's address.

    Level M: a photographed screen has glare, and larger squares are read sooner.
    """
    code = segno.make(url, error="m", micro=False)
    return code.svg_data_uri(border=4, light="#ffffff", omitsize=True)
