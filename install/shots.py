"""Screenshots of every page, made by playing the journey: ``make shots``."""

import asyncio
import sys
from pathlib import Path

from signaling.journey import Look, play

FOLDER = Path("var/shots")


def main() -> int:
    """Play the journey in Chromium and leave a picture of each page."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    look = Look(shots=FOLDER)
    asyncio.run(play(Path("var/journey"), quiet=False, browser=True, look=look))
    print(f"  {len(list(FOLDER.glob('*.png')))} pictures in {FOLDER}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
