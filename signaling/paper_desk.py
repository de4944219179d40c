"""What the server does with what a clerk says about papers."""

from typing import assert_never

from casework.case import Case
from casework.material import Anyway
from protocol.ids import PageId, StaffId
from protocol.scan_messages import (
    AcceptMaterial,
    AskForPage,
    ConfirmFields,
    ConfirmIdentity,
    MovePage,
    ReadAgain,
    RefuseMaterial,
    RemovePage,
    ShootPage,
    TakeAnyway,
    TurnPage,
)
from signaling.services import Services
from signaling.switchboard import at_terminal

Arrangement = AskForPage | TakeAnyway | MovePage | TurnPage | RemovePage | ReadAgain
Decision = ConfirmIdentity | ConfirmFields | AcceptMaterial | RefuseMaterial
PaperMessage = Arrangement | Decision


async def work_on_papers(
    message: PaperMessage, case: Case, clerk: StaffId, services: Services
) -> None:
    """Do what ``clerk``, who may, asks for a paper of ``case``."""
    match message:
        case AskForPage():
            await _shoot(message, case, services)
        case TakeAnyway():
            if await services.cases.ledger.store.was_applied(message.step):
                return
            said = Anyway(message.reason, message.why, clerk)
            paper = message.material
            await services.scans.take_anyway(case.id, paper, said, message.step)
            await _shoot(message, case, services)
        case MovePage() | TurnPage() | RemovePage() | ReadAgain():
            await _arrange(message, case, clerk, services)
        case _:
            await _decide(message, case, clerk, services)


async def _shoot(
    message: AskForPage | TakeAnyway, case: Case, services: Services
) -> None:
    await services.scans.ask_for(case.id, message.material)
    reason = why = ""
    if isinstance(message, TakeAnyway):
        paper = case.material(message.material)
        here = {one.id for one in paper.pages}
        replaces = paper.meant_for if paper.meant_for in here else PageId("")
        reason, why = message.reason, message.why
    else:
        replaces = message.replaces
    shoot = ShootPage(
        case=case.id,
        material=message.material,
        replaces=replaces,
        overrides=reason,
        why=why,
    )
    await services.board.send(at_terminal(case.terminal), shoot)


async def _arrange(
    message: MovePage | TurnPage | RemovePage | ReadAgain,
    case: Case,
    clerk: StaffId,
    services: Services,
) -> None:
    scans, paper, page = services.scans, message.material, message.page
    match message:
        case MovePage():
            await scans.move_page(case.id, paper, page, message.place)
        case TurnPage():
            step, quarters = message.step, message.quarters
            await scans.turn_page(case.id, paper, page, quarters, step)
        case RemovePage():
            await scans.remove_page(case.id, paper, page, message.step, clerk)
        case ReadAgain():
            await services.readings.again(case.id, paper, page)
        case _:
            assert_never(message)


async def _decide(
    message: Decision, case: Case, clerk: StaffId, services: Services
) -> None:
    cases, step = services.cases, message.step
    match message:
        case ConfirmIdentity():
            await cases.confirm_identity(case.id, message.sha256, step, clerk)
        case ConfirmFields():
            paper, compared = message.material, (message.sha256, message.values)
            await services.scans.confirm_fields(case.id, paper, compared, step, clerk)
        case AcceptMaterial():
            paper = message.material
            await cases.accept_material(case.id, paper, message.sha256, step, clerk)
        case RefuseMaterial():
            paper, reason = message.material, message.reason
            await cases.refuse_material(case.id, paper, reason, step, clerk)
        case _:
            assert_never(message)
