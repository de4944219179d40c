"""Run one media worker: ``python -m signaling.media``, which ``counter media`` calls.

A program of its own because it must be up again quickly: it loads a quarter of
what the ``counter`` command loads.
"""

import argparse
import logging
import os
import sys

from protocol.settings import BadSetting, read_settings
from signaling.media.process import main as run
from signaling.settings import PREFIX, Settings

BAD_SETTING = 2


def main() -> int:
    """Forward encoded media over one UDP port, and journal it; one per core."""
    parser = argparse.ArgumentParser(prog="counter media", description=main.__doc__)
    parser.add_argument("--worker", type=int, default=0, help="which one, from 0")
    parser.add_argument("--log", default="info", help="debug, info or warning")
    asked = parser.parse_args()
    logging.basicConfig(
        level=asked.log.upper(), format="%(levelname)s %(name)s %(message)s"
    )
    try:
        settings = _settings(asked.worker)
    except BadSetting as error:
        print(f"counter: {error}", file=sys.stderr)
        return BAD_SETTING
    port, control = settings.media_port + asked.worker, settings.controls[asked.worker]
    run(settings.media_host, port, control, settings.journals)
    return 0


def _settings(worker: int) -> Settings:
    settings = read_settings(Settings, PREFIX, os.environ)
    settings.check()
    if not 0 <= worker < settings.workers:
        raise BadSetting(f"--worker {worker}: COUNTER_MEDIA_WORKERS is too small")
    return settings


if __name__ == "__main__":
    sys.exit(main())
