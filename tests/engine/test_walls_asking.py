"""What the parent is told of walls, and the filter's program on a machine of our own."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest

from tests.engine.walled import behind, run
from verify.engine import walls as rooms
from verify.engine.walls import Wall, WallError, asking, probe, reading, refusals, system
from verify.engine.walls.seccomp import Rule, When, never, only, program, refuse
from verify.errors import SurroundingsError

NONE = dict.fromkeys(Wall, "")
ALLOW, KILL = "allow", "kill"


def ask(code: list[tuple[int, int, int, int]], number: int, args: tuple[int, ...] = (),
        arch: int | None = None) -> str:  # fmt: skip
    """Run a filter as the kernel would: the name of the error, or what else it decides."""
    words = {0: number, 4: system.audit_arch() if arch is None else arch}
    for place, arg in enumerate(args):
        words[16 + 8 * place] = arg & 0xFFFFFFFF
    at, value = 0, 0
    while True:
        op, yes, no, k = code[at]
        at += 1
        if op == 0x20:
            value = words.get(k, 0)
        elif op == 0x54:
            value &= k
        elif op == 0x06:
            if k >> 16 == 5:
                return errno.errorcode[k & 0xFFFF]
            return {0x7FFF0000: ALLOW, 0x80000000: KILL}[k]
        else:
            hit = {0x15: value == k, 0x35: value >= k, 0x25: value > k}[op]
            at += yes if hit else no


@pytest.fixture(params=["x86_64", "aarch64"])
def processor(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    for module in ("system", "seccomp"):
        monkeypatch.setattr(f"verify.engine.walls.{module}.machine", lambda: request.param)
    system.numbers.cache_clear()
    request.addfinalizer(system.numbers.cache_clear)
    return str(request.param)


def test_the_filter_decides_by_number_and_arguments(processor: str) -> None:
    number = system.numbers()
    rules = [
        *refuse("mount"),
        *refuse("clone3", error=errno.ENOSYS),
        only("prlimit64", 0, 0),
        only("setpriority", 0, 0),
        only("setpriority", 1, 0),
        never("fcntl", 1, 8, 10, 15),
        Rule("clone", (When(0, (0,), 0x7E020000, among=False),)),
        Rule("socket", (When(0, (16, 17)), When(2, (0,), among=False))),
    ]
    code = program(rules, system.LAST)
    decided: dict[tuple[str | int, ...], str] = {
        ("mount",): "EPERM",
        ("umount2",): ALLOW,
        ("clone3",): "ENOSYS",
        ("prlimit64", 0): ALLOW,
        ("prlimit64", 7): "EPERM",
        ("setpriority", 0, 0): ALLOW,
        ("setpriority", 2, 0): "EPERM",
        ("setpriority", 0, 9): "EPERM",
        ("fcntl", 3, 1): ALLOW,
        **{("fcntl", 3, which): "EPERM" for which in (8, 10, 15)},
        ("clone", 0x11): ALLOW,
        ("clone", 0x20000011): "EPERM",
        ("socket", 16, 1, 0): ALLOW,
        ("socket", 16, 1, 3): "EPERM",
        ("socket", 17, 1, 3): "EPERM",
        ("socket", 2, 1, 3): ALLOW,
    }
    for (name, *args), decision in decided.items():
        assert ask(code, number[str(name)], tuple(map(int, args))) == decision, (name, args)


def test_another_convention_is_no_way_round(processor: str) -> None:
    code = program(refuse("mount"), system.LAST)
    mount = system.numbers()["mount"]
    assert ask(code, mount, arch=0x40000003) == KILL  # a program for a 32-bit processor
    assert ask(code, 0) == ALLOW
    assert ask(code, system.LAST + 1) == "ENOSYS"
    if processor == "x86_64":
        assert ask(code, mount | 0x40000000) == "ENOSYS"


def test_every_refusal_has_a_number_and_is_one(processor: str) -> None:
    groups = [
        refusals.files(versions=1, room=False),
        refusals.network(room=False),
        refusals.processes(scoped=False),
        refusals.kernel(),
    ]
    here = system.numbers()
    for rules in groups:
        code = program(rules)
        assert len(code) < 4096  # what a kernel takes
        for rule in rules:
            if rule.name in here and not rule.tests:
                assert ask(code, here[rule.name]) in ("EPERM", "ENOSYS")
    absent = {rule.name for rules in groups for rule in rules} - here.keys()
    assert processor == "aarch64" or not absent
    assert absent <= {
        *("chmod", "chown", "lchown", "open", "utime", "utimes", "futimesat"),
        *("iopl", "ioperm", "modify_ldt", "uselib"),
    }


REFUSED = {
    # By their purpose; written down here once more, so that none is lost on the way.
    "owner": "chown fchown lchown fchownat",
    "mode": "chmod fchmod fchmodat fchmodat2",
    "times": "utime utimes futimesat utimensat",
    "attributes": "setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr",
    "length": "truncate openat2",
    "network": "socket",
    "another's memory": "ptrace process_vm_readv process_vm_writev process_madvise kcmp",
    "another's descriptors": "pidfd_getfd pidfd_send_signal",
    "another's pages": "migrate_pages",
    "shared by number": "shmget shmat shmctl semget semop semtimedop semctl",
    "queues": "msgget msgsnd msgrcv msgctl mq_open mq_unlink",
    "namespaces": "unshare setns clone3 chroot pivot_root",
    "mounts": "mount umount2 move_mount open_tree mount_setattr fsopen fsconfig fsmount fspick",
    "swap and quota": "swapon swapoff quotactl quotactl_fd acct",
    "programs in the kernel": "bpf perf_event_open userfaultfd memfd_secret fanotify_init",
    "rings": "io_uring_setup io_uring_enter io_uring_register",
    "keys": "keyctl add_key request_key",
    "modules": "init_module finit_module delete_module kexec_load kexec_file_load",
    "the machine": "reboot syslog vhangup sethostname setdomainname lsm_set_self_attr",
    "clocks": "settimeofday clock_settime clock_adjtime adjtimex",
    "handles": "open_by_handle_at name_to_handle_at",
    "ports": "iopl ioperm modify_ldt",
    "relics": "nfsservctl lookup_dcookie uselib",
}
ARGUMENTS = [
    # Calls that are refused for some arguments: those refused, those allowed.
    ("kill", (7, 9), (0, 9)),
    ("tkill", (7, 9), (os.getpid(), 9)),
    ("tgkill", (7, 7, 9), (os.getpid(), 7, 9)),
    ("rt_sigqueueinfo", (7,), (os.getpid(),)),
    ("rt_tgsigqueueinfo", (7,), (os.getpid(),)),
    ("prlimit64", (7,), (0,)),
    ("move_pages", (7,), (0,)),
    ("sched_setaffinity", (7,), (0,)),
    ("sched_setscheduler", (7,), (0,)),
    ("sched_setparam", (7,), (0,)),
    ("sched_setattr", (7,), (0,)),
    ("setpriority", (0, 7), (0, 0)),
    ("setpriority", (2, 0), (0, 0)),
    ("ioprio_set", (1, 7), (1, 0)),
    ("ioprio_set", (3, 0), (1, 0)),
    ("fcntl", (1, 8), (1, 3)),
    ("fcntl", (1, 10), (1, 4)),
    ("fcntl", (1, 15), (1, 9)),
    ("ioctl", (1, 0x8901), (1, 0x5401)),
    ("ioctl", (1, 0x8902), (1, 0x5413)),
    ("ioctl", (1, 0x5412), (1, 0x541B)),
    ("ioctl", (1, 0x541C), (1, 0x5421)),
    ("ioctl", (1, 0x40086602), (1, 0x80086601)),
    ("socketpair", (2, 1, 0), (1, 1, 0)),
    ("clone", (0x10000011,), (0x11,)),
    ("openat", (3, 0, os.O_TRUNC), (3, 0, os.O_TRUNC | os.O_WRONLY)),
]


def test_nothing_is_missing_among_the_refusals(processor: str) -> None:
    rules = [
        *refusals.files(versions=1, room=False),
        *refusals.network(room=False),
        *refusals.processes(scoped=False),
        *refusals.kernel(),
    ]
    code = program(rules, system.LAST)
    here = system.numbers()
    for purpose, names in REFUSED.items():
        for name in names.split():
            if name in here:
                assert ask(code, here[name]) in ("EPERM", "ENOSYS"), (purpose, name)
    for name, refused, allowed in ARGUMENTS:
        assert ask(code, here[name], refused) == "EPERM", (name, refused)
        assert ask(code, here[name], allowed) == ALLOW, (name, allowed)
    assert {rule.name for rule in rules} == {
        *" ".join(REFUSED.values()).split(),
        *(name for name, *_ in ARGUMENTS),
        "open",  # as openat, where a processor has it
    }


def test_each_wall_that_can_be_had_is_one_that_holds() -> None:
    found = rooms.available()
    assert set(found) == set(Wall)
    assert rooms.available() is found
    assert all(reason == "" or len(reason) > 10 for reason in found.values())
    for wall in behind("base").walls.raised:  # skips where the kernel does not give them
        assert found[wall] == ""
    assert found[Wall.FORKS] == "" or os.getuid() == 0
    assert behind("room").room
    assert found[Wall.ROOM] == ""


@pytest.mark.parametrize("wall", list(Wall))
def test_the_probes_attempt_does_what_the_wall_stops(wall: Wall, tmp_path: Path) -> None:
    """Without the wall it comes back: a probe that fails by itself would prove nothing."""
    if wall is Wall.FORKS and os.getuid() == 0:
        pytest.skip("the kernel does not count the processes of root")
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()

    def attempt() -> object:
        if wall is Wall.FORKS:
            import resource

            resource.setrlimit = lambda *_: None
        return probe._ATTEMPTS[wall](inside, outside)

    assert run(attempt, inside, None).did


def test_the_probe_says_what_is_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse_all() -> int:
        raise OSError(errno.ENOSYS, "this kernel has no Landlock")

    monkeypatch.setattr("verify.engine.walls.landlock.version", refuse_all)
    found = probe.reasons(str(tmp_path))
    assert found[Wall.FILES] == "this kernel has no Landlock"
    assert found[Wall.KERNEL] == rooms.available()[Wall.KERNEL]


def test_the_probe_does_not_believe_a_wall_that_leaks(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(probe, "raise_walls", lambda *_: None)
    found = probe.reasons(str(tmp_path))
    assert all("and yet" in reason for wall, reason in found.items() if wall is not Wall.FORKS)


def test_a_stranger_is_walled_in_by_all_that_can_be_had() -> None:
    everything = rooms.demand(found=NONE, memory=5)
    assert everything.raised == tuple(Wall)
    assert everything.memory == 5
    no_room = {**NONE, Wall.ROOM: "refused", Wall.FORKS: "root"}
    assert rooms.demand(found=no_room).raised == rooms.required()


def test_each_missing_wall_is_named_with_its_reason() -> None:
    found = {**NONE, Wall.FILES: "no Landlock", Wall.NETWORK: "no seccomp", Wall.ROOM: "refused"}
    with pytest.raises(SurroundingsError) as caught:
        rooms.demand("pack/", found=found)
    error = caught.value
    assert error.where == "pack/"
    assert "“files”: no Landlock" in error.why
    assert "“network”: no seccomp" in error.why
    assert "room" not in error.why
    assert "--trust" in error.todo


def test_elsewhere_than_on_linux_nothing_can_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    asking.available.cache_clear()
    try:
        assert set(rooms.missing()) == set(rooms.required())
        assert "darwin" in rooms.available()[Wall.FILES]
    finally:
        asking.available.cache_clear()


def test_every_wall_says_what_it_stops() -> None:
    for wall in Wall:
        assert wall.stops.endswith(".")
    assert len({wall.stops for wall in Wall}) == len(Wall)
    assert WallError(Wall.FILES, "why").wall is Wall.FILES


def test_a_persons_home_is_never_what_the_interpreter_reads(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    modules = tmp_path / "modules"
    modules.mkdir()
    home = Path.home()
    monkeypatch.setattr(sys, "path", ["", str(home), str(home.parent), "/", str(modules)])
    reading.system.cache_clear()
    try:
        found = reading.system()
    finally:
        reading.system.cache_clear()
    assert str(modules) in found
    assert not {str(home), str(home.parent), "/", ""} & set(found)


def test_the_walls_room_starts_without_torch() -> None:
    assert behind("base").walls.raised
    code = "import verify.engine.walls.raising, verify.engine.walls.probe, sys; print(*sys.modules)"
    import subprocess

    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True,
                          check=True)  # fmt: skip
    assert not {"torch", "numpy", "asyncio"} & set(done.stdout.split())
