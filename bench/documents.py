"""What is promised about reading papers: ``make bench NAME=documents``."""

import argparse
import sys
from pathlib import Path

import cv2

from bench import pages
from bench.report import tell


def main() -> int:
    """Measure part after part; each returns its promises."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, help="photographs with corners.json")
    parser.add_argument("--desks", type=Path, help="photographs of empty desks")
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    promises = [*pages.measure(asked.photos, asked.desks)]
    return tell("documents", promises)


if __name__ == "__main__":
    sys.exit(main())
