"""Everything between an issued licence and paper, put together once."""

from casework.items import Catalogue
from casework.ledger import Ledger
from casework.ports import Clock, JobStore
from casework.print_moves import PrintMoves
from casework.prints import Prints
from casework.releases import Releases
from casework.stock import Stock, StockStore
from casework.stock_photos import StockPhotos


class Printing:
    """Releases, what became of them, and the paper they are printed on."""

    def __init__(
        self,
        ledger: Ledger,
        jobs: JobStore,
        stock: tuple[StockStore, StockPhotos],
        items: Catalogue,
        clock: Clock,
    ) -> None:
        sheets, self.photos = stock
        self.stock = Stock(sheets, clock)
        moves = PrintMoves(ledger, jobs, self.stock, clock)
        self.prints = Prints(jobs, moves)
        self.releases = Releases(ledger, jobs, moves, self.stock, items)
