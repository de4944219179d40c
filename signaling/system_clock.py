"""The time of this machine, for programs; tests have their own."""

import time


class SystemClock:
    """A ``casework.ports.Clock``."""

    def now(self) -> float:
        """Return seconds since 1970, UTC."""
        return time.time()
