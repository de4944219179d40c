"""Who sees what of a case."""

from casework.material import Material, Page
from protocol.ids import MaterialId, PageId, StaffId
from signaling.views import (
    case_view,
    for_desk,
    for_terminal,
    session_view,
    ticket_view,
)
from tests.builders import a_case, a_visit, no_relays

WORDS = "her only copy, the flood took the rest"


def test_why_a_clerk_took_a_page_is_for_colleagues() -> None:
    page = Page(id=PageId("1" * 32), overridden="page-blurred", why=WORDS)
    paper = Material(id=MaterialId("articles"), pages=(page,))
    visit = a_visit()
    case = case_view(a_case(materials=(paper,)))
    session = session_view(ticket_view(visit, 0, "1"), visit, set(), case, [])

    desk = for_desk(session, StaffId("clerk"), no_relays())
    terminal = for_terminal(session, no_relays())

    assert desk.case is not None
    assert terminal.case is not None
    assert desk.case.materials[0].pages[0].why == WORDS
    assert terminal.case.materials[0].pages[0].why == ""
    assert terminal.case.materials[0].pages[0].overridden == "page-blurred"
