"""The walls around network, processes, kernel and limits; each attempt succeeds without them."""

from __future__ import annotations

import ctypes
import errno
import faulthandler
import mmap
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from tests.engine.walled import Behind, Outcome, behind, run
from verify.engine.walls import COULD_NOT, Wall, Walls
from verify.engine.walls.system import call, prctl

LIBC = ctypes.CDLL(None, use_errno=True)
SEIZE, DETACH = 0x4206, 17


@pytest.fixture(params=["room", "base", "oldest"])
def walled(request: pytest.FixtureRequest) -> Behind:
    return behind(request.param)


# Network


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def reached(server: socket.socket) -> bool:
    try:
        server.accept()[0].close()
    except BlockingIOError:
        return False
    return True


def test_no_service_of_this_machine_is_reached(
    walled: Behind, tmp_path: Path, listener: socket.socket
) -> None:
    def connect() -> None:
        socket.create_connection(listener.getsockname(), 5).close()

    assert run(connect, tmp_path, None).did
    assert reached(listener)
    assert not run(connect, tmp_path, walled).did
    assert not reached(listener)


def test_no_datagram_leaves(walled: Behind, tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(0.2)
        to = receiver.getsockname()

        def send() -> None:
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", to)

        run(send, tmp_path, walled)
        with pytest.raises(TimeoutError):
            receiver.recv(1)
        assert run(send, tmp_path, None).did
        assert receiver.recv(1) == b"x"


def test_nobody_outside_finds_a_server_inside(walled: Behind, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    def taken() -> bool:
        """Whether somebody else listens here: seen from a namespace of one's own, nobody does."""
        with socket.create_server(("127.0.0.1", port)):
            pass
        return True

    assert run(taken, tmp_path, None).did
    with socket.create_server(("127.0.0.1", port)):
        assert not run(taken, tmp_path, None).did
        # In a room the port is free, because it is another one; elsewhere there is no socket.
        assert run(taken, tmp_path, walled).did is walled.room


@pytest.mark.parametrize("abstract", [False, True])
def test_no_service_behind_a_path_is_reached(
    walled: Behind, tmp_path: Path, abstract: bool
) -> None:
    """An agent of keys, a desktop or a container daemon would do as it is told."""
    folder = tmp_path / "inside"
    folder.mkdir()
    address = f"\0torchdrill-{os.getpid()}" if abstract else str(tmp_path / "agent")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(address)
        server.listen()
        server.setblocking(False)

        def connect() -> None:
            socket.socket(socket.AF_UNIX).connect(address)

        assert run(connect, folder, None).did
        assert reached(server)
        assert not run(connect, folder, walled).did
        assert not reached(server)


@pytest.mark.parametrize(
    ("family", "kind", "protocol"),
    [
        (socket.AF_NETLINK, socket.SOCK_RAW, 15),  # the kernel's news of devices
        (38, socket.SOCK_SEQPACKET, 0),  # AF_ALG: the kernel's ciphers
        (40, socket.SOCK_STREAM, 0),  # AF_VSOCK: the machine below a virtual one
    ],
)
def test_no_other_kind_of_socket(
    walled: Behind, tmp_path: Path, family: int, kind: int, protocol: int
) -> None:
    def make() -> str:
        try:
            socket.socket(family, kind, protocol).close()
        except OSError as error:
            return errno.errorcode[error.errno or 0]
        return "made"

    assert "EPERM" not in run(make, tmp_path, None).said  # made, or unknown to this kernel
    assert "EPERM" in run(make, tmp_path, walled).said


# Processes

BYSTANDER = """\
import ctypes, time
ctypes.CDLL(None).prctl(0x59616d61, ctypes.c_ulong(-1), 0, 0, 0)  # anybody may trace it
print("ready", flush=True)
time.sleep(600)
"""


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    words = [sys.executable, "-c", BYSTANDER]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def trace(pid: int) -> None:
    if LIBC.ptrace(SEIZE, pid, None, None) != 0:
        raise OSError(ctypes.get_errno(), "ptrace")
    os.kill(pid, signal.SIGSTOP)
    os.waitpid(pid, 0)
    LIBC.ptrace(DETACH, pid, None, None)


def read_memory(pid: int) -> None:
    class Piece(ctypes.Structure):
        _fields_ = (("at", ctypes.c_void_p), ("size", ctypes.c_size_t))

    here = ctypes.create_string_buffer(8)
    start = int(Path(f"/proc/{pid}/maps").read_text().partition("-")[0], 16)
    mine, theirs = Piece(ctypes.addressof(here), 8), Piece(start, 8)
    call("process_vm_readv", pid, ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0)


def have_the_kernel_signal(pid: int) -> None:
    """A descriptor's owner gets a signal of one's choice when there is something to read."""
    import fcntl

    reader, writer = socket.socketpair()
    fcntl.fcntl(reader, fcntl.F_SETOWN, pid)
    fcntl.fcntl(reader, fcntl.F_SETFL, os.O_ASYNC)
    writer.send(b"x")


TOWARDS: dict[str, Callable[[int], object]] = {
    "ask": lambda pid: os.kill(pid, 0),
    "end": lambda pid: os.kill(pid, signal.SIGKILL),
    "end by descriptor": lambda pid: signal.pidfd_send_signal(os.pidfd_open(pid), signal.SIGKILL),
    "end by limit": lambda pid: resource.prlimit(pid, resource.RLIMIT_CPU, (0, 0)),
    "signal by descriptor": have_the_kernel_signal,
    "trace": trace,
    "read memory": read_memory,
    "slow": lambda pid: os.setpriority(os.PRIO_PROCESS, pid, 19),
    "bind to a core": lambda pid: os.sched_setaffinity(pid, os.sched_getaffinity(pid)),
    "batch": lambda pid: os.sched_setscheduler(pid, os.SCHED_BATCH, os.sched_param(0)),
}


@pytest.mark.parametrize("name", TOWARDS)
def test_nothing_is_done_to_a_process_outside(
    walled: Behind, tmp_path: Path, bystander: subprocess.Popen[bytes], name: str
) -> None:
    def act() -> object:
        return TOWARDS[name](bystander.pid)

    assert not run(act, tmp_path, walled).did
    assert bystander.poll() is None
    assert run(act, tmp_path, None).did


def test_memory_that_has_a_number_is_not_shared(walled: Behind, tmp_path: Path) -> None:
    made = LIBC.shmget(0, 4096, 0o1600)
    try:

        def attach() -> None:
            LIBC.shmat.restype = ctypes.c_void_p
            if LIBC.shmat(made, None, 0) == ctypes.c_void_p(-1).value:
                raise OSError(ctypes.get_errno(), "shmat")

        assert run(attach, tmp_path, None).did
        assert not run(attach, tmp_path, walled).did
    finally:
        LIBC.shmctl(made, 0, None)


def test_its_own_group_may_be_signalled(walled: Behind, tmp_path: Path) -> None:
    assert run(lambda: os.kill(os.getpid(), 0), tmp_path, walled).did
    assert run(lambda: os.killpg(0, 0), tmp_path, walled).did
    assert run(lambda: signal.raise_signal(signal.SIGTERM), tmp_path, walled).said == "signal 15"

    def abort() -> None:
        faulthandler.disable()  # or it writes where pytest was
        os.abort()

    assert run(abort, tmp_path, walled).said == "signal 6"


# Kernel

CALLS: dict[str, tuple[object, ...]] = {
    # Each with arguments that any user may give, or that are wrong whoever gives them.
    "unshare": (0x200,),
    "setns": (-1, 0),
    "mount": (None, None, None, 0, None),
    "umount2": (None, 0x100),
    "io_uring_setup": (0, None),
    "io_uring_enter": (-1, 0, 0, 0, None, 0),
    "keyctl": (0, -3, 0),
    "add_key": (None, None, None, 0, 0),
    "request_key": (None, None, None, 0),
    "kcmp": (-1, -1, 0, 0, 0),
    "name_to_handle_at": (-1, None, None, None, -1),
}


@pytest.mark.parametrize("name", CALLS)
def test_the_doors_into_the_kernel_are_shut(walled: Behind, tmp_path: Path, name: str) -> None:
    def attempt() -> str:
        try:
            call(name, *CALLS[name])
        except OSError as error:
            return errno.errorcode[error.errno or 0]
        return "done"

    if run(attempt, tmp_path, None).said == "'EPERM'":
        pytest.skip("shut by what these tests run in, such as a container")
    assert run(attempt, tmp_path, walled).said == "'EPERM'"


def test_no_namespace_is_made_by_clone(walled: Behind, tmp_path: Path) -> None:
    def clone(flags: int) -> None:
        pid = call("clone", flags | signal.SIGCHLD, None, None, None, None)
        if pid == 0:
            os._exit(0)
        os.waitpid(pid, 0)

    new_user = 0x10000000
    if not run(lambda: clone(new_user), tmp_path, None).did:
        pytest.skip("this kernel gives no user namespace, walls or not")
    assert not run(lambda: clone(new_user), tmp_path, walled).did
    assert run(lambda: clone(0), tmp_path, walled).did


def test_no_right_is_left_or_won(walled: Behind, tmp_path: Path) -> None:
    def rights() -> str:
        lines = Path("/proc/self/status").read_text().splitlines()
        return " ".join(line for line in lines if line.startswith(("CapPrm", "CapEff", "NoNew")))

    def rights_of_a_program() -> str:
        done = subprocess.run(["grep", "-E", "CapPrm|CapEff|NoNew", "/proc/self/status"],
                              capture_output=True, text=True, check=True)  # fmt: skip
        return " ".join(done.stdout.splitlines())

    none = "'CapPrm:\\t0000000000000000 CapEff:\\t0000000000000000 NoNewPrivs:\\t1'"
    for action in (rights, rights_of_a_program):
        assert run(action, tmp_path, None).said != none
        assert run(action, tmp_path, walled).said == none


# Limits


def narrow(walled: Behind, **changed: int) -> Behind:
    return walled._replace(walls=msgspec.structs.replace(walled.walls, **changed))


def test_a_file_grows_no_larger(walled: Behind, tmp_path: Path) -> None:
    def write() -> int:
        return Path("large").open("wb", buffering=0).write(b"x" * (1 << 20))

    assert run(write, tmp_path, None) == Outcome(True, str(1 << 20))
    assert run(write, tmp_path, narrow(walled, largest_file=1 << 16)).said == str(1 << 16)


def test_memory_is_bounded(walled: Behind, tmp_path: Path) -> None:
    def take() -> int:
        return len(mmap.mmap(-1, 1 << 28))

    assert run(take, tmp_path, None).did
    assert not run(take, tmp_path, narrow(walled, memory=1 << 27)).did
    assert run(take, tmp_path, narrow(walled, memory=1 << 29)).did
    assert run(take, tmp_path, narrow(walled, memory=0)).did
    with mmap.mmap(-1, 1 << 30):  # what was there before, such as torch, does not count
        assert run(take, tmp_path, narrow(walled, memory=1 << 29)).did


def test_descriptors_are_bounded(walled: Behind, tmp_path: Path) -> None:
    def many() -> int:
        return len([os.dup(0) for _ in range(200)])

    assert run(many, tmp_path, None).did
    assert not run(many, tmp_path, narrow(walled, open_files=100)).did


def test_processes_are_bounded_where_the_kernel_counts_them(tmp_path: Path) -> None:
    def crowd() -> int:
        """Start ten that stay."""
        started: list[int] = []
        try:
            for _ in range(10):
                pid = os.fork()
                if pid == 0:
                    signal.pause()
                started.append(pid)
        finally:
            for pid in started:
                os.kill(pid, signal.SIGKILL)
        return len(started)

    assert run(crowd, tmp_path, None).said == "10"
    room = behind("room")
    walls = Walls(raised=(*room.walls.raised, Wall.FORKS), processes=5)
    outcome = run(crowd, tmp_path, room._replace(walls=walls))
    if os.getuid() == 0:
        assert outcome.said == f"status {COULD_NOT}"  # it says that it cannot, and runs nothing
    else:
        assert outcome.said == "BlockingIOError"


def test_walls_hold_in_threads_and_in_programs(walled: Behind, tmp_path: Path) -> None:
    folder = tmp_path / "inside"
    folder.mkdir()

    def in_a_thread() -> None:
        raised: list[BaseException] = []

        def act() -> None:
            try:
                (tmp_path / "new").write_text("x")
            except OSError as error:
                raised.append(error)

        thread = threading.Thread(target=act)
        thread.start()
        thread.join()
        if raised:
            raise raised[0]

    def in_a_program() -> None:
        code = f"open({str(tmp_path / 'newer')!r}, 'w')"
        subprocess.run([sys.executable, "-c", code], check=True, stderr=subprocess.DEVNULL)

    for action in (in_a_thread, in_a_program):
        assert run(action, folder, None).did
        assert not run(action, folder, walled).did


def test_walls_cannot_be_taken_down(walled: Behind, tmp_path: Path) -> None:
    folder = tmp_path / "inside"
    folder.mkdir()

    def undo() -> None:
        prctl(38, 0)

    assert not run(undo, folder, walled).did
