"""Behind walls, honest work goes on; and what does not, fails in a way that can be read."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import textwrap
import threading
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec
import pytest

from tests.engine.walled import Behind, Outcome, behind, run
from verify.engine.walls import Wall, Walls

FORK = multiprocessing.get_context("fork")


@pytest.fixture(params=["room", "base", "oldest"])
def walled(request: pytest.FixtureRequest) -> Behind:
    return behind(request.param)


def files() -> str:
    Path("a/b").mkdir(parents=True)
    Path("a/file").write_text("text")
    Path("a/file").rename("a/other")
    Path("a/link").symlink_to("other")
    os.link("a/other", "a/second")
    with Path("a/other").open("r+") as file:
        file.truncate(2)
    read = Path("a/link").read_text()
    shutil.rmtree("a")
    with Path(os.devnull).open("w") as null:
        null.write("x")
    return read


def temporary() -> bool:
    with tempfile.TemporaryDirectory() as folder, tempfile.NamedTemporaryFile() as file:
        file.write(b"x")
        return Path(folder).parent == Path(file.name).parent == Path.cwd().resolve()


def threads() -> int:
    found: list[int] = []
    started = [threading.Thread(target=found.append, args=(n,)) for n in range(8)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()
    return sum(found)


def program() -> str:
    code = "import os, tempfile; print(len(tempfile.mkdtemp()) > 0, os.getppid() > 0)"
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()


def echo(pipe: Connection) -> None:
    pipe.send([pipe.recv(), os.getpid()])


def process_with_a_pipe() -> bool:
    mine, theirs = FORK.Pipe()
    process = FORK.Process(target=echo, args=(theirs,))
    process.start()
    mine.send("x")
    said, pid = mine.recv()
    process.join()
    return bool(said == "x" and pid == process.pid and process.exitcode == 0)


def pair() -> bytes:
    one, two = socket.socketpair()
    one.send(b"x")
    return two.recv(1)


def lazily() -> bool:
    import sqlite3  # a library that is loaded only now

    with sqlite3.connect("base.db") as base:
        base.execute("create table t (x)")
    return Path("base.db").stat().st_size > 0


def processors() -> bool:
    return (os.cpu_count() or 0) > 0 and len(os.sched_getaffinity(0)) > 0


def itself() -> bool:
    return "Name" in Path("/proc/self/status").read_text() and os.urandom(1) != b""


WORK: dict[str, tuple[Callable[[], object], str]] = {
    "files": (files, "'te'"),
    "temporary files": (temporary, "True"),
    "threads": (threads, "28"),
    "a program": (program, "'True True'"),
    "a process with a pipe": (process_with_a_pipe, "True"),
    "connected sockets": (pair, "b'x'"),
    "a library": (lazily, "True"),
    "processors": (processors, "True"),
    "itself": (itself, "True"),
}


@pytest.mark.parametrize("name", WORK)
def test_work_goes_on(walled: Behind, tmp_path: Path, name: str) -> None:
    action, value = WORK[name]
    assert run(action, tmp_path, walled) == Outcome(True, value)


def move_between_folders() -> None:
    Path("one").mkdir()
    Path("two").mkdir()
    Path("one/file").write_text("x")
    Path("one/file").rename("two/file")


def modes() -> None:
    Path("file").write_text("x")
    Path("file").chmod(0o600)
    os.utime("file", (1, 1))
    shutil.copy2("file", "copy")


def queue() -> None:
    values = FORK.Queue()
    process = FORK.Process(target=values.put, args=(1,))
    process.start()
    assert values.get(timeout=20) == 1
    process.join()


def child_is_ended() -> None:
    import time

    process = FORK.Process(target=time.sleep, args=(3,))
    process.start()
    process.terminate()
    process.join()
    assert process.exitcode == -15


def loopback() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), 5).close()


def service_behind_a_path() -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("service")
        server.listen()
        socket.socket(socket.AF_UNIX).connect("service")


@pytest.mark.parametrize(
    ("action", "where", "otherwise"),
    [
        (move_between_folders, {"room", "base"}, "OSError"),
        (modes, {"room"}, "PermissionError"),
        (queue, {"room"}, "PermissionError"),
        (child_is_ended, {"room", "base"}, "PermissionError"),
        (loopback, {"room"}, "PermissionError"),
        (service_behind_a_path, {"room"}, "PermissionError"),
    ],
)
def test_what_works_at_some_depths_only(
    walled: Behind, tmp_path: Path, action: Callable[[], None], where: set[str], otherwise: str
) -> None:
    outcome = run(action, tmp_path, walled)
    assert outcome == (Outcome(True, "None") if walled.name in where else (False, otherwise))


def test_what_else_may_be_read_is_said_for_each_trial(walled: Behind, tmp_path: Path) -> None:
    inside, data = tmp_path / "inside", tmp_path / "data"
    inside.mkdir()
    data.mkdir()
    (data / "file").write_text("text")
    wider = msgspec.structs.replace(walled.walls, readable=(str(data), str(tmp_path / "none")))
    more = walled._replace(walls=wider)
    assert not run(lambda: (data / "file").read_text(), inside, walled).did
    assert run(lambda: (data / "file").read_text(), inside, more) == Outcome(True, "'text'")
    changes: list[Callable[[], object]] = [
        lambda: (data / "file").write_text("x"),
        lambda: (data / "file").chmod(0o600),
        lambda: os.utime(data / "file", (1, 1)),
    ]
    for change in changes:
        assert not run(change, inside, more).did
        assert run(change, inside, None).did


def test_a_room_shows_nothing_of_the_house(tmp_path: Path) -> None:
    room = behind("room")
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    for name in (str(outside), f"/..{outside}", f"{inside}/../outside"):

        def look(name: str = name) -> int:
            return os.stat(name).st_mode  # noqa: PTH116

        assert run(look, inside, None).did
        assert run(look, inside, room).said == "FileNotFoundError"


def test_nothing_is_left_of_a_room(tmp_path: Path) -> None:
    room = behind("room")
    before = Path("/proc/self/mounts").read_text(), set(Path("/dev/shm").iterdir())
    assert run(lambda: Path("/dev/shm/torchdrill").write_text("x"), tmp_path, room).did
    assert run(lambda: Path("left").write_text("x"), tmp_path, room).did
    assert (Path("/proc/self/mounts").read_text(), set(Path("/dev/shm").iterdir())) == before
    shutil.rmtree(tmp_path)
    assert not tmp_path.exists()


def test_a_wall_that_cannot_be_raised_ends_the_child(tmp_path: Path) -> None:
    room = behind("room")
    gone = tmp_path / "gone"
    gone.mkdir()

    def inner() -> str:
        gone.rmdir()
        return run(lambda: "ran", tmp_path, None).said

    assert inner() == "'ran'"
    script = textwrap.dedent(
        f"""
        from verify.engine.walls import Wall, WallError, Walls
        from verify.engine.walls.raising import raise_walls
        for wall in (Wall.ROOM, Wall.FILES):
            try:
                raise_walls({str(gone)!r}, Walls(raised=(wall,)))
            except WallError as error:
                print(error.wall, "|", error.why)
        """
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", script], capture_output=True, text=True, check=True
    )
    assert [line.partition(" ")[0] for line in done.stdout.splitlines()] == ["room", "files"]
    assert room.walls.raised


TORCH = """
import importlib, json, os, sys, tempfile
os.environ["OMP_NUM_THREADS"] = "1"
import torch
import msgspec
from verify.engine.walls import Walls
from verify.engine.walls.raising import raise_walls

walls = msgspec.json.decode(sys.argv[1], type=Walls)
folder = sys.argv[2]

def work():
    found = {}
    torch.set_num_threads(1)
    importlib.import_module("torch._dynamo")
    a = torch.arange(64 * 64, dtype=torch.float64).reshape(64, 64)
    found["matmul"] = bool(torch.equal(a @ torch.eye(64, dtype=torch.float64), a))
    torch.save({"a": a}, "file.pt")
    found["load"] = bool(torch.equal(torch.load("file.pt")["a"], a))
    found["mmap"] = bool(torch.equal(torch.load("file.pt", mmap=True)["a"], a))
    model = torch.nn.Linear(4, 4)
    model(torch.ones(2, 4)).sum().backward()
    torch.optim.Adam(model.parameters()).step()
    compiled = torch.compile(lambda x: x * 2 + 1, backend="aot_eager")
    found["compile"] = bool(torch.equal(compiled(torch.ones(3)), torch.full((3,), 3.0)))
    try:
        open(os.path.join(folder, "..", "outside"), "w").close()
        found["outside"] = True
    except OSError:
        found["outside"] = False
    if walls.raised and "room" in walls.raised:
        data = torch.utils.data.TensorDataset(torch.arange(8.0))
        loader = torch.utils.data.DataLoader(data, batch_size=2, num_workers=2)
        found["workers"] = sum(float(batch[0].sum()) for batch in loader)
        found["gloo"] = gloo()
    return found

def gloo():
    import torch.distributed as dist
    import torch.multiprocessing as mp
    context = mp.get_context("fork")
    answers = context.SimpleQueue()
    def rank(me):
        dist.init_process_group(
            "gloo", init_method="tcp://127.0.0.1:29500", rank=me, world_size=2)
        x = torch.tensor([float(me + 1)])
        dist.all_reduce(x)
        if me == 0:
            answers.put(x.item())
        dist.destroy_process_group()
    started = [context.Process(target=rank, args=(me,)) for me in range(2)]
    for process in started:
        process.start()
    for process in started:
        process.join()
    return answers.get()

reader, writer = os.pipe()
if os.fork() == 0:
    os.setsid()
    os.chdir(folder)
    for name in ("HOME", "TMPDIR", "TMP", "TEMP"):
        os.environ[name] = folder
    tempfile.tempdir = None
    raise_walls(folder, walls)
    os.write(writer, json.dumps(work()).encode())
    os._exit(0)
os.close(writer)
print(open(reader).read())
"""


@pytest.fixture
def short_path() -> Iterator[Path]:
    """Of a length that a socket's address takes: what DataLoader workers share goes through one.

    A worker that cannot bind it drops its batch, and the loader waits for ever.
    """
    with tempfile.TemporaryDirectory(prefix="walls-") as name:
        yield Path(name)


@pytest.mark.parametrize("name", ["none", "base", "room"])
def test_torch_works_in_a_fork_that_is_walled_in(short_path: Path, name: str) -> None:
    folder = short_path / "inside"
    folder.mkdir()
    walls = Walls(raised=()) if name == "none" else behind(name).walls
    done = subprocess.run(
        [sys.executable, "-P", "-c", TORCH, msgspec.json.encode(walls).decode(), str(folder)],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.stdout.strip(), done.stderr[-2000:]
    found = json.loads(done.stdout)
    works = dict.fromkeys(("matmul", "load", "mmap", "compile"), True)
    expected: dict[str, object] = {**works, "outside": name == "none"}
    if Wall.ROOM in walls.raised:
        expected |= {"workers": 28.0, "gloo": 3.0}
    assert found == expected
