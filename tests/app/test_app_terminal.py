"""Asking a terminal whether it is light or dark."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.app.terminal import look_in, look_said
from tests.terminals import Terminal

PROGRAM = """
import sys
from quizapp.app.terminal import Asked
with Asked() as asked:
    sys.stdout.write("asked\\n"); sys.stdout.flush()
    input_mode = None
    import time
    time.sleep(0.3)
    look = asked.wait()
print("look:", look, "typed:", repr(asked.typed))
print("echo:", bool(__import__("termios").tcgetattr(0)[3] & __import__("termios").ECHO))
"""


def ask(reply: str) -> str:
    environment = {"COLORFGBG": "", "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", PROGRAM]
    with Terminal(command, environment=environment, tells=False) as terminal:
        terminal.until("asked")
        assert "\x1b]11;?" in terminal.seen
        terminal.type(reply)
        terminal.end()
        return terminal.seen.rpartition("asked")[2]


@pytest.mark.parametrize(
    ("reply", "look"),
    [
        ("\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b[?62;22c", "light"),
        ("\x1b]11;rgb:1e1e/1e1e/1e1e\x07\x1b[?62;22c", "dark"),
        ("\x1b[?6c", "None"),
        ("", "None"),
    ],
)
def test_a_terminal_answers_or_does_not(reply: str, look: str) -> None:
    said = ask(reply)
    assert f"look: {look} typed: ''" in said
    assert "echo: True" in said
    assert "rgb" not in said  # the answer is not echoed


def test_what_was_typed_meanwhile_is_not_lost() -> None:
    assert "typed: 'bx'" in ask("b\x1b]11;rgb:00/00/00\x1b\\x\x1b[?1;2c")


@pytest.mark.parametrize(
    ("background", "look"), [("0;15", "light"), ("15;default;0", "dark"), ("", None), ("x", None)]
)
def test_what_the_environment_says_comes_first(background: str, look: str | None) -> None:
    assert look_said({"COLORFGBG": background}) == look


@given(st.binary(max_size=60))
def test_no_answer_breaks_it(answer: bytes) -> None:
    assert look_in(answer) in (None, "dark", "light")


@given(st.integers(0, 0xFFFF))
def test_grey_is_light_from_the_middle_on(level: int) -> None:
    part = f"{level:04x}"
    found = look_in(f"\x1b]11;rgb:{part}/{part}/{part}\x1b\\".encode())
    assert found == ("light" if level / 0xFFFF > 0.5 else "dark")


def test_without_a_terminal_nothing_is_asked(tmp_path: Path) -> None:
    import subprocess

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.rpartition("print(\"echo")[0]], stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2],
        env={key: value for key, value in os.environ.items() if key != "COLORFGBG"},
    )  # fmt: skip
    assert done.stdout.splitlines() == ["asked", "look: None typed: ''"]
