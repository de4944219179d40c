"""Shuts the present process in before it reads a stranger's file (Linux).

Four walls, each of which holds when another is missing: resource limits
(POSIX setrlimit), a list of the system calls that drawing a picture needs
(seccomp, Linux 3.5), a list of the folders that may be read (Landlock, Linux
5.13), and no signal to anybody else. On a kernel without one of them the others
are there still; what is really there is returned.
"""

import contextlib
import ctypes
import os
import platform
import resource
import signal
import struct
from collections.abc import Sequence
from typing import Final

MEMORY = 280 * 1024 * 1024
"""Bytes of address space, so that resident memory is below 300 MB at any time."""
MOST_CPU = 12
"""Seconds of processor time that no file may exceed, however many its pages."""
MOST_OPEN = 24
"""Files open at once: the two pipes, and the fonts of a PDF that brings none."""
FONTS = ("/usr/share/fonts", "/usr/local/share/fonts")
"""A PDF without its own fonts is drawn with those of the machine."""

PR_SET_PDEATHSIG, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 22, 38
SECCOMP_MODE_FILTER, M_ARENA_MAX = 2, -8
ALLOW, KILL = 0x7FFF0000, 0x80000000
FORBID, UNKNOWN = 0x00050001, 0x00050026  # answer EPERM and ENOSYS
LOAD, EQUAL, ANY_BIT, RETURN = 0x20, 0x15, 0x45, 0x06
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16
LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 444, 445, 446
ALL_OF_LANDLOCK_1 = (1 << 13) - 1
READ_FILE, READ_FOLDER = 1 << 2, 1 << 3
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

CALLS: Final = {
    # No fcntl: F_SETOWN and F_SETSIG make the kernel send a signal to anybody.
    # read write close fstat lseek mmap mprotect munmap brk rt_sigaction
    # rt_sigprocmask rt_sigreturn ioctl pread64 writev sched_yield mremap madvise
    # getpid gettimeofday getrusage sysinfo sigaltstack gettid futex
    # sched_getaffinity getdents64 clock_gettime exit_group exit newfstatat statx
    # setitimer restart_syscall getrandom rseq set_robust_list; and old ones of x86:
    # stat lstat access readlink
    "x86_64": (
        *(0, 1, 3, 5, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 20, 24, 25, 28, 39),
        *(96, 98, 99, 131, 186, 202, 204, 217, 228, 231, 60, 262, 332, 38, 219, 318),
        *(334, 273, 4, 6, 21, 89),
    ),
    "aarch64": (
        *(63, 64, 57, 80, 62, 222, 226, 215, 214, 134, 135, 139, 29, 67, 66, 124, 216),
        *(233, 172, 169, 165, 179, 132, 178, 98, 123, 61, 113, 94, 93, 79, 291),
        *(103, 128, 278, 293, 99),
    ),
}
"""Numbers of the system calls that are allowed whatever they are asked."""
OPENING: Final = {"x86_64": ((257, 2), (2, 1)), "aarch64": ((56, 2),)}
"""openat and open: their number, and which argument says whether to write."""
CLONE: Final = {"x86_64": 56, "aarch64": 220}
CLONE3, CLONE_THREAD = 435, 0x10000
TGKILL: Final = {"x86_64": 234, "aarch64": 131}
AUDIT: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


def limit_resources(*, threads: bool) -> None:
    """Hold memory, time, files and processes; lasts until the process ends.

    ``threads``: whether a library must start some, which count as processes here.
    """
    limits = {
        resource.RLIMIT_AS: MEMORY,
        resource.RLIMIT_CPU: MOST_CPU,
        resource.RLIMIT_NOFILE: MOST_OPEN,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }
    if threads:
        # Or glibc sets 64 MB of address space aside for every thread.
        with contextlib.suppress(AttributeError):
            ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)
    else:
        limits[resource.RLIMIT_NPROC] = 0
    for kind, most in limits.items():
        _, hard = resource.getrlimit(kind)
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (least, least))
    with contextlib.suppress(OSError):
        os.nice(10)  # whoever is in a call goes first


def shut_in() -> frozenset[str]:
    """Forbid what drawing does not need, for good; return the walls that stand.

    Call it when everything that is needed has been imported: afterwards only
    fonts can be read, nothing can be written but what is open already, and no
    socket or process can be made.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "prctl"):
        return frozenset()
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return frozenset()
    walls = set()
    if _read_only(libc, FONTS):
        walls.add("landlock")
    if _few_calls(libc, platform.machine()):
        walls.add("seccomp")
    return frozenset(walls)


def _read_only(libc: ctypes.CDLL, folders: Sequence[str]) -> bool:
    handled = struct.pack("Q", ALL_OF_LANDLOCK_1)
    rules = libc.syscall(LANDLOCK_CREATE, handled, ctypes.c_size_t(len(handled)), 0)
    if rules < 0:
        return False
    for folder in folders:
        with contextlib.suppress(FileNotFoundError):
            place = os.open(folder, os.O_PATH | os.O_CLOEXEC)
            beneath = struct.pack("=Qi", READ_FILE | READ_FOLDER, place)
            libc.syscall(LANDLOCK_ADD, rules, 1, beneath, 0)
            os.close(place)
    done = libc.syscall(LANDLOCK_RESTRICT, rules, 0) == 0
    os.close(rules)
    return bool(done)


def _few_calls(libc: ctypes.CDLL, machine: str) -> bool:
    if machine not in CALLS:
        return False
    steps = b"".join(struct.pack("HBBI", *step) for step in program(machine))
    held = ctypes.create_string_buffer(steps, len(steps))
    head = struct.pack("HxxxxxxP", len(steps) // 8, ctypes.addressof(held))
    return bool(libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, head, 0, 0) == 0)


def program(machine: str) -> list[tuple[int, int, int, int]]:
    """Return the filter for ``machine`` as (code, if true, if false, value).

    A classic BPF program (Linux, Documentation/userspace-api/seccomp_filter.rst):
    it loads words of ``struct seccomp_data`` and returns what is to be done.
    """
    steps = [
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUAL, 1, 0, AUDIT[machine]),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER),
    ]
    for number in CALLS[machine]:
        steps += [(EQUAL, 0, 1, number), (RETURN, 0, 0, ALLOW)]
    for number, argument in OPENING[machine]:
        steps += [
            (EQUAL, 0, 4, number),
            (LOAD, 0, 0, ARGUMENTS + 8 * argument),
            (ANY_BIT, 0, 1, WRITING),
            (RETURN, 0, 0, FORBID),
            (RETURN, 0, 0, ALLOW),
        ]
    steps += [  # threads, but no processes; clone3 hides its flags from a filter
        (EQUAL, 0, 1, CLONE3),
        (RETURN, 0, 0, UNKNOWN),
        (EQUAL, 0, 4, CLONE[machine]),
        (LOAD, 0, 0, ARGUMENTS),
        (ANY_BIT, 0, 1, CLONE_THREAD),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, FORBID),
    ]
    steps += [  # a library that gives up may end its own process, and no other
        (EQUAL, 0, 3, TGKILL[machine]),
        (LOAD, 0, 0, ARGUMENTS),
        (EQUAL, 0, 1, os.getpid()),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, FORBID),
    ]
    return steps
