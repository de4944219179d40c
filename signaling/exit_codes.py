"""How the commands end, as the shell is told."""

import enum


class Exit(enum.IntEnum):
    """Exit status of a command."""

    OK = 0
    FAILED = 1
    BAD_SETTING = 2
    """Settings or words on the command line that cannot be used."""
    CANNOT_START = 3
    NOT_GOOD = 4
    """What was verified is not good."""
    STOPPED = 130
    """Whoever typed it pressed Ctrl-C: 128 and the number of SIGINT (POSIX 2.8.2)."""
