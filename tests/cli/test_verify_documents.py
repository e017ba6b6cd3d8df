"""`torchdrill verify` over Markdown that never heard of it: what a reader is told."""

from __future__ import annotations

import pytest

from tests.packs import fence, write
from tests.running import torchdrill

CONSOLE = fence(
    ">>> import torch\n>>> x = torch.arange(4).view(2, 2)\n"
    ">>> x\ntensor([[0, 1],\n        [2, 3]])\n"
    ">>> x.T.view(4)\nTraceback (most recent call last):\nRuntimeError: view size is not\n"
    ">>> _ + 1\ntensor([[1, 2],\n        [3, 5]])"
)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of one run over several documents."""
    root = tmp_path_factory.mktemp("documents")
    (root / "latin.md").write_bytes(b"caf\xe9\n")
    write(root, "bare.md", "# No code\n")
    write(root, "shell.md", fence("pip install torch"))
    write(root, "console.md", CONSOLE)
    write(root, "quoted.md", "> ```py\n> assert 1 == 2\n> ```\n")
    write(root, "lacks.md", fence("import absent_package as a") + fence("a.run()"))
    names = ("latin", "bare", "shell", "console", "quoted", "lacks")
    done = torchdrill("verify", "--trust", *(root / f"{name}.md" for name in names), home=root)
    return done.returncode, done.stdout.replace(f"{root}/", ""), done.stderr.replace(f"{root}/", "")


def test_a_file_that_cannot_be_read_does_not_stop_the_rest(told: tuple[int, str, str]) -> None:
    code, out, err = told
    assert code == 3
    assert "latin.md:1: byte 0xe9, which is not UTF-8" in err
    assert "console.md" in out


def test_a_document_without_python_says_so(told: tuple[int, str, str]) -> None:
    assert "bare.md" in told[1]
    assert "no python fence in it" in told[1]


def test_what_is_no_python_is_told_with_its_line_once(told: tuple[int, str, str]) -> None:
    assert "shell.md:2: raised (python): SyntaxError: invalid syntax\n" in told[1]


def test_a_console_is_compared_line_by_line(told: tuple[int, str, str]) -> None:
    lines = [line.strip() for line in told[1].split("\n") if line.strip().startswith("console.md")]
    assert lines == ["console.md:12: failed (output): expected [3, 5]]), got [3, 4]]): 5 is not 4"]


def test_a_line_of_a_quotation_is_shown_without_its_marks(told: tuple[int, str, str]) -> None:
    assert "quoted.md:2: raised (python): AssertionError: assert 1 == 2\n" in told[1]


def test_what_leans_on_a_missing_package_is_skipped(told: tuple[int, str, str]) -> None:
    assert told[1].count("skipped (python): needs the package absent_package") == 2
