"""``search`` and ``list``: the same questions the app finds, as lines or as JSON."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from quizapp.cli.filters import STATES
from quizapp.study.bookmarks import toggle_bookmark
from quizapp.study.browsing import State
from quizapp.study.marks import Rating
from quizapp.study.store import Store
from tests.packs import add, fence, write
from tests.running import torchdrill
from tests.study.make import RIGHT, WRONG
from tests.terminals import MAIN, Terminal

GOOD = fence("print('kept')")
NOW = datetime.now(UTC)


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    root = tmp_path / "pack"
    add(root, "autograd/leaf", "Pass retain_graph.\n" + GOOD, prompt="Which tensors are leaves?")
    add(root, "tensors/shape", "It has no gradient.\n" + GOOD, prompt="What is a shape?")
    add(root, "tensors/view", "With no_grad on.\n" + GOOD, prompt="What is a view?")
    path = root / "questions/tensors/view.md"
    path.write_text(path.read_text("utf-8").replace("kind:", "tags: [views]\nkind:"), "utf-8")
    return root


@pytest.fixture
def studied(tmp_path: Path) -> Path:
    """A home in which something was answered and something marked."""
    home = tmp_path / "home"
    with Store.open(home / "data" / "progress.sqlite3") as store:
        store.log("autograd/leaf", RIGHT, now=NOW, rating=Rating.GOOD)
        store.log("tensors/shape", WRONG, now=NOW - timedelta(days=9), rating=Rating.AGAIN)
        toggle_bookmark(store, "tensors/view", NOW)
    return home


def ids(said: str) -> list[str]:
    return [line.split()[0] for line in said.splitlines()]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["retain_graph"], ["autograd/leaf"]),
        (["_graph"], ["autograd/leaf"]),
        (["no_grad"], ["tensors/view"]),
        (['"no', "grad"], ["tensors/shape"]),
        (["what", "kept"], ["tensors/shape", "tensors/view"]),
        (["a view"], ["tensors/view"]),
        (["a vie"], []),
        (['"a', 'vie'], ["tensors/view"]),
        (["what", "topic:tensors"], ["tensors/shape", "tensors/view"]),
        (["--topic", "autograd"], ["autograd/leaf"]),
        (["what", "--tag", "views"], ["tensors/view"]),
        (["what", "--kind", "bug"], []),
        (["NEAR(", "*", '"'], []),
        (["-n", "1", "what"], ["tensors/shape"]),
    ],
)  # fmt: skip
def test_search_finds(pack: Path, tmp_path: Path, words: list[str], expected: list[str]) -> None:
    done = torchdrill("search", "--bank", pack, *words, home=tmp_path)
    assert sorted(ids(done.stdout)) == expected
    assert done.returncode == (0 if expected else 1)
    assert ("nothing found" in done.stderr) is not bool(expected)


def test_search_knows_how_far_one_is(pack: Path, studied: Path) -> None:
    for words, expected in (
        (["--state", "known"], ["autograd/leaf"]),
        (["state:due,known"], ["autograd/leaf", "tensors/shape"]),
        (["--state", "weak", "what"], ["tensors/shape"]),
        (["--bookmarked"], ["tensors/view"]),
        (["is:bookmarked", "--state", "due"], []),
    ):
        done = torchdrill("search", "--bank", pack, *words, home=studied)
        assert sorted(ids(done.stdout)) == expected, words


def test_list_knows_how_far_one_is(pack: Path, studied: Path) -> None:
    for words, expected in (
        (["--state", "known"], ["autograd/leaf"]),
        (["--state", "due", "--state", "known"], ["autograd/leaf", "tensors/shape"]),
        (["--state", "new"], ["tensors/view"]),
        (["--bookmarked"], ["tensors/view"]),
        (["--bookmarked", "--state", "known"], []),
        (["--state", "weak", "--topic", "autograd"], []),
        (["--tag", "views"], ["tensors/view"]),
    ):
        done = torchdrill("list", "--bank", pack, *words, "--json", home=studied)
        assert [row["id"] for row in json.loads(done.stdout)] == expected, words


def test_without_progress_all_is_new_and_none_is_made(pack: Path, tmp_path: Path) -> None:
    done = torchdrill("list", "--bank", pack, "--state", "new", home=tmp_path / "home")
    assert len(ids(done.stdout)) == 3
    assert not (tmp_path / "home" / "data").exists()


def test_search_writes_json(pack: Path, tmp_path: Path) -> None:
    done = torchdrill("search", "--bank", pack, "no_grad", "--json", home=tmp_path)
    assert json.loads(done.stdout) == [
        {
            "id": "tensors/view", "title": "A question", "topic": "tensors", "kind": "recall",
            "level": "mid", "minutes": 3, "tags": ["views"],
            "where": "answer", "line": "With no_grad on.",
        }
    ]  # fmt: skip
    done = torchdrill("search", "--bank", pack, "nowhere", "--json", home=tmp_path)
    assert (json.loads(done.stdout), done.returncode) == ([], 1)


def test_nothing_to_search_for_is_a_usage_error(pack: Path, tmp_path: Path) -> None:
    for words in ([], ["--"], ['"', "-"]):
        done = torchdrill("search", "--bank", pack, *words, home=tmp_path)
        assert (done.returncode, "nothing to search for" in done.stderr) == (2, True), words


def test_what_there_is_not_is_a_usage_error(pack: Path, tmp_path: Path) -> None:
    done = torchdrill("search", "--bank", pack, "topic:tensor,autgrad", home=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no topic 'autgrad'" in done.stderr
    assert "did you mean 'autograd'?" in done.stderr
    done = torchdrill("search", "--bank", pack, "--topic", "none", "x", home=tmp_path)
    assert (done.returncode, "topics: autograd, tensors" in done.stderr) == (2, True)


def test_on_a_terminal_the_line_that_says_why_stands_below(pack: Path, tmp_path: Path) -> None:
    path = pack / "questions/tensors/view.md"
    title = r'title: "View \e[31m\e]0;x\a evil"'
    path.write_text(path.read_text("utf-8").replace("title: A question", title), "utf-8")
    command = [*MAIN, "search", "--bank", str(pack), "no_grad"]
    with Terminal(command, environment={"TORCHDRILL_HOME": str(tmp_path)}) as terminal:
        assert terminal.end() == 0
    plain = re.sub(r"\x1b\[\d*m", "", terminal.seen)
    assert plain.splitlines() == [
        "tensors/view  View ␛[31m␛]0;x␇ evil", "    in the answer: With no_grad on.",
    ]  # fmt: skip
    assert "\x1b[1m\x1b[4mno_grad\x1b[0m" in terminal.seen
    assert "\x1b]0" not in terminal.seen


def test_on_a_terminal_the_first_twenty_are_shown(tmp_path: Path) -> None:
    for number in range(23):
        add(tmp_path / "pack", f"topic/q{number:02}", GOOD)
    command = [*MAIN, "search", "--bank", str(tmp_path / "pack"), "kept"]
    with Terminal(command, environment={"TORCHDRILL_HOME": str(tmp_path)}) as terminal:
        assert terminal.end() == 0
    assert terminal.seen.count("topic/q") == 20
    assert "20 of 23; -n 23 shows all" in terminal.seen


def test_a_damaged_index_is_made_anew(pack: Path, tmp_path: Path) -> None:
    torchdrill("search", "--bank", pack, "kept", home=tmp_path)
    (file,) = (tmp_path / "cache").glob("search-*.sqlite3")
    file.write_bytes(b"\0" * 5000)
    done = torchdrill("search", "--bank", pack, "retain_graph", home=tmp_path)
    assert (done.returncode, ids(done.stdout)) == (0, ["autograd/leaf"])


def test_without_a_cache_folder_it_finds_the_same(pack: Path, tmp_path: Path) -> None:
    in_the_way = write(tmp_path, "file", "no folder")
    done = torchdrill("search", "--bank", pack, "retain_graph", home=in_the_way / "home")
    assert (done.returncode, ids(done.stdout)) == (0, ["autograd/leaf"])


def test_the_states_are_those_of_study() -> None:
    assert {*STATES, State.BOOKMARKED.value} == {state.value for state in State}


def test_neither_command_imports_textual_or_torch(pack: Path, tmp_path: Path) -> None:
    program = (
        "import sys\nfrom quizapp.cli.main import torchdrill\n"
        f"for words in (['search', 'kept'], ['list', '--state', 'new']):\n"
        f"    torchdrill.main([*words, '--bank', {str(pack)!r}], standalone_mode=False)\n"
        "print({'textual', 'torch', 'rich'} & {*sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True,
        env={"TORCHDRILL_HOME": str(tmp_path), "PATH": ""}, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "set()"
