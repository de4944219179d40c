"""Unpacks the typeface of our papers from its npm package: WOFF to TrueType."""

import sys
from pathlib import Path

from fontTools.ttLib import TTFont

PACKAGE = Path("node_modules/@fontsource/lxgw-wenkai/files")
WEIGHTS = (500, 700)


def main() -> int:
    """Write ``var/fonts/kai-*.ttf``; cheap when they are there."""
    folder = Path("var/fonts")
    folder.mkdir(parents=True, exist_ok=True)
    for weight in WEIGHTS:
        target = folder / f"kai-{weight}.ttf"
        if target.exists():
            continue
        font = TTFont(PACKAGE / f"lxgw-wenkai-latin-{weight}-normal.woff")
        font.flavor = None
        half = target.with_suffix(".half")
        font.save(half, reorderTables=None)
        half.replace(target)
    return 0


if __name__ == "__main__":
    sys.exit(main())
