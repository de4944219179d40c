"""The office's SM2 key, from the file that the settings name; refused in words."""

import datetime as dt
import logging
from pathlib import Path

from casework.signing.key_files import UnusableKey, require_valid
from casework.signing.sm2 import NoSm2
from casework.signing.sm2_seal import Sm2Seal, read_sm2_file
from protocol.settings import BadSetting
from signaling.settings import Settings

log = logging.getLogger(__name__)


def open_sm2(settings: Settings, now: dt.datetime) -> Sm2Seal | None:
    """Return the key with which papers get an SM2 signature; ``None`` if none is set.

    Raises:
        BadSetting: no such file, a key or certificate that cannot be used at
            ``now``, or the extra is not installed; in words.
    """
    path = settings.sm2_file
    if not path:
        return None
    try:
        seal = read_sm2_file(Path(path).read_bytes())
        require_valid(seal.certificate, now)
    except OSError as error:
        raise BadSetting(f"COUNTER_SM2_FILE: {path} cannot be read") from error
    except (UnusableKey, NoSm2) as error:
        raise BadSetting(f"COUNTER_SM2_FILE: {error} ({path})") from error
    log.info("an SM2 signature is made beside every sealed application and licence")
    return seal
