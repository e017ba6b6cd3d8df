"""The system calls that each wall refuses, and why."""

from __future__ import annotations

import errno
import os
import socket

from verify.engine.walls.seccomp import Rule, When, never, only, refuse

_NEW_NAMESPACES = 0x7E020000
"""Bits of clone(2) that make namespaces."""
_SET_OWNER, _SET_SIGNAL, _SET_OWNER_EX = 8, 10, 15
"""fcntl(2): have the kernel send any signal to any process."""
_IOCTL_OWNER = (0x8901, 0x8902)
_IOCTL_TYPING = (0x5412, 0x541C)
"""ioctl(2): type on a terminal as if a person did."""
_IOCTL_ATTRIBUTES = (0x40086602, 0x40087602, 0x401C5820)
"""ioctl(2): flags, version and project of a file, through a descriptor that can only read."""


def files(*, versions: int, room: bool) -> list[Rule]:
    """What Landlock lets pass.

    Args:
        versions: the version of Landlock that is used.
        room: whether all but the folder is mounted read-only, which says it by path.
    """
    rules: list[Rule] = []
    if not room:
        rules += refuse("chmod", "fchmod", "fchmodat", "fchmodat2")
        rules += refuse("chown", "fchown", "lchown", "fchownat")
        rules += refuse("utime", "utimes", "futimesat", "utimensat")
        rules += refuse("setxattr", "lsetxattr", "fsetxattr")
        rules += refuse("removexattr", "lremovexattr", "fremovexattr")
        rules.append(never("ioctl", 1, *_IOCTL_ATTRIBUTES))
    if versions < 3:  # truncating by path, or by opening to read, is not handled
        cut = (os.O_TRUNC,)
        both = os.O_TRUNC | os.O_ACCMODE
        rules += refuse("truncate")
        rules += refuse("openat2", error=errno.ENOSYS)  # its flags lie behind a pointer
        rules += [Rule("open", (When(1, cut, both),)), Rule("openat", (When(2, cut, both),))]
    return rules


def network(*, room: bool) -> list[Rule]:
    """Sockets; in a room of its own, those of the loopback and of paths that are seen there."""
    rules = [only("socketpair", 0, socket.AF_UNIX)]
    if not room:
        return [*rules, *refuse("socket")]
    families = (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK)
    routes_only = (When(0, (socket.AF_NETLINK,)), When(2, (0,), among=False))
    return [*rules, only("socket", 0, *families), Rule("socket", routes_only)]


def processes(*, scoped: bool) -> list[Rule]:
    """Looking into, signalling and slowing other processes.

    Args:
        scoped: whether Landlock keeps signals inside.  Where it cannot, a process may signal
            itself and the trial's group, and no child of its own.
    """
    rules = refuse("ptrace", "process_vm_readv", "process_vm_writev", "process_madvise")
    rules += refuse("kcmp", "pidfd_getfd", "migrate_pages")
    # Shared by all of a user's processes, and by name: memory, semaphores, queues.
    rules += refuse("shmget", "shmat", "shmctl", "semget", "semop", "semtimedop", "semctl")
    rules += refuse("msgget", "msgsnd", "msgrcv", "msgctl", "mq_open", "mq_unlink")
    # 0 is the caller: its own limits, priority and processors are its own affair.
    for name in ("prlimit64", "move_pages", "sched_setaffinity", "sched_setscheduler"):
        rules.append(only(name, 0, 0))
    rules += [only("sched_setparam", 0, 0), only("sched_setattr", 0, 0)]
    rules += [only("setpriority", 0, 0), only("setpriority", 1, 0)]
    rules += [only("ioprio_set", 0, 1), only("ioprio_set", 1, 0)]
    rules.append(never("fcntl", 1, _SET_OWNER, _SET_SIGNAL, _SET_OWNER_EX))
    rules.append(never("ioctl", 1, *_IOCTL_OWNER, *_IOCTL_TYPING))
    if not scoped:
        me = os.getpid()
        rules.append(only("kill", 0, 0, me, -me & 0xFFFFFFFF))
        for name in ("tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo"):
            rules.append(only(name, 0, me))
        rules += refuse("pidfd_send_signal")
    return rules


def kernel() -> list[Rule]:
    """The doors into the kernel that no answer needs."""
    rules = refuse("clone3", error=errno.ENOSYS)  # flags behind a pointer; libc falls back
    rules.append(Rule("clone", (When(0, (0,), _NEW_NAMESPACES, among=False),)))
    rules += refuse("unshare", "setns", "chroot", "pivot_root")
    rules += refuse("mount", "umount2", "move_mount", "open_tree", "mount_setattr")
    rules += refuse("fsopen", "fsconfig", "fsmount", "fspick", "swapon", "swapoff")
    rules += refuse("bpf", "perf_event_open", "userfaultfd", "memfd_secret", "fanotify_init")
    rules += refuse("io_uring_setup", "io_uring_enter", "io_uring_register")
    rules += refuse("keyctl", "add_key", "request_key")
    rules += refuse("init_module", "finit_module", "delete_module")
    rules += refuse("kexec_load", "kexec_file_load", "reboot", "syslog", "acct", "vhangup")
    rules += refuse("quotactl", "quotactl_fd", "nfsservctl", "lookup_dcookie", "uselib")
    rules += refuse("open_by_handle_at", "name_to_handle_at", "iopl", "ioperm", "modify_ldt")
    rules += refuse("settimeofday", "clock_settime", "clock_adjtime", "adjtimex")
    return [*rules, *refuse("sethostname", "setdomainname", "lsm_set_self_attr")]
