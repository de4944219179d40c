"""How many pages a paper may still have, as the terminal was told."""

import math

from protocol.states import MaterialState
from protocol.views import MaterialView


def has_pages(paper: MaterialView | None) -> bool:
    """Return whether there are pages that stay when others come."""
    return bool(paper and paper.pages and paper.state is not MaterialState.REFUSED)


def room_in(paper: MaterialView | None, coming: int, *, replaces: bool) -> float:
    """Return how many pages may come; infinite where only the server knows.

    Args:
        paper: as the server told it.
        coming: pages that are on their way, and not in ``paper`` yet.
        replaces: whether one that comes takes the place of another.
    """
    if paper is None or not paper.most_pages:
        return math.inf
    if paper.most_pages == 1 or not has_pages(paper):
        # An only page is replaced, and a refused paper begins anew.
        return paper.most_pages - (coming if paper.most_pages > 1 else 0)
    return paper.most_pages - len(paper.pages) - coming + replaces
