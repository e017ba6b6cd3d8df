"""Notebooks: valid, in the order of the answer, and run from top to bottom by another process."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from quizapp.study.export.cells import indented, setup, unused
from quizapp.study.export.notebook import notebook_text
from tests.packs import add, fence, write
from verify import locations
from verify.bank import load_item, load_pack
from verify.bank.model import Fence, Mode
from verify.engine.compare import compare_output

ROOT = locations.built_in_pack()

Notebook = dict[str, Any]


def expect_valid(notebook: Notebook) -> None:
    """Hold a notebook against nbformat 4.5, as its schema has it."""
    assert set(notebook) == {"cells", "metadata", "nbformat", "nbformat_minor"}
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert set(notebook["metadata"]["kernelspec"]) >= {"name", "display_name"}
    assert notebook["metadata"]["language_info"]["name"] == "python"
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids)
    for cell in notebook["cells"]:
        assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", cell["id"])
        assert isinstance(cell["metadata"], dict)
        expect_lines(cell["source"])
        if cell["cell_type"] == "markdown":
            assert set(cell) == {"cell_type", "id", "metadata", "source"}
            continue
        assert cell["cell_type"] == "code"
        assert set(cell) == {"cell_type", "execution_count", "id", "metadata", "outputs", "source"}
        assert cell["execution_count"] is None
        for output in cell["outputs"]:
            assert set(output) == {"name", "output_type", "text"}
            assert (output["name"], output["output_type"]) == ("stdout", "stream")
            expect_lines(output["text"])


def expect_lines(lines: object) -> None:
    assert isinstance(lines, list)
    assert all(line.endswith("\n") and "\n" not in line[:-1] for line in lines[:-1])
    assert "".join(lines).strip()


def made(root: Path, identity: str) -> Notebook:
    notebook = json.loads(notebook_text(load_item(root, identity)))
    assert isinstance(notebook, dict)
    expect_valid(notebook)
    return notebook


def told(notebook: Notebook) -> list[str]:
    """The cells as text: Markdown as it is, code behind an arrow, what it prints behind two."""
    lines = []
    for cell in notebook["cells"]:
        text = "".join(cell["source"])
        lines.append(text if cell["cell_type"] == "markdown" else f"> {text}")
        lines += [f">> {''.join(output['text'])}" for output in cell.get("outputs", ())]
    return lines


def run(*notebooks: Path, folder: Path) -> list[dict[str, Any]]:
    """Run notebooks in a process that has imported torch, each in a fork of it."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.study.notebooks", *map(str, notebooks)],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(folder), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [Path(each["file"]) for each in found] == [*notebooks]
    return found


def exported(root: Path, identity: str, folder: Path) -> Path:
    path = folder / f"{identity.replace('/', '-')}.ipynb"
    path.write_text(notebook_text(load_item(root, identity)), "utf-8")
    return path


# The cells

BODY = f"""\
## Say it in a minute

It is so.

{fence("print('one')")}
It prints:

{fence("one", "output")}
{fence("raise KeyError('lost', 'π')", 'python raises="KeyError: lost"')}
{fence("print('gpu')", "python needs=cuda")}
{fence("import nowhere_at_all", 'python needs="nowhere_at_all" raises="ValueError: no"')}
{fence("rm -rf /", "console")}
And then {{#}}.

{fence("import sys" + chr(10) + "sys.exit(9)", 'python not-run="it would end the notebook"')}
{fence("def test_holds(): assert True" + chr(10) + "test_too = test_holds", "python property")}
"""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    root = tmp_path / "pack"
    add(root, "a/all", BODY, prompt="What is it?",
        head='references:\n  - {title: T, url: "https://x.org", date: "2026-11-20"}\n')  # fmt: skip
    return root


def test_prose_and_fences_are_cells_in_their_order(pack: Path) -> None:
    cells = told(made(pack, "a/all"))
    assert cells[0] == "# A question\n\na/all · recall · mid · 3 min\n\nWhat is it?"
    assert cells[1].startswith("> import os\n")
    assert "device = torch.get_default_device()" in cells[1]
    assert cells[2:] == [
        "## Say it in a minute\n\nIt is so.",
        "> print('one')",
        ">> one\n",
        "It prints:",
        "> try:\n    raise KeyError('lost', 'π')\nexcept KeyError as error:\n"
        '    assert "lost" in str(error)\n    print(f"{type(error).__name__}: {error}")\n'
        'else:\n    raise AssertionError("this should have raised KeyError")',
        "> if torch.cuda.is_available():\n    print('gpu')\n"
        'else:\n    print("skipped: it needs a CUDA device")',
        '> import importlib.util\n\nif importlib.util.find_spec("nowhere_at_all"):\n'
        "    try:\n        import nowhere_at_all\n    except ValueError as error:\n"
        '        assert "no" in str(error)\n'
        '        print(f"{type(error).__name__}: {error}")\n'
        '    else:\n        raise AssertionError("this should have raised ValueError")\n'
        'else:\n    print("skipped: it needs the package nowhere_at_all")',
        "```console\nrm -rf /\n```\n\nAnd then {#}.",
        "*not run: it would end the notebook*\n\n```python\nimport sys\nsys.exit(9)\n```",
        "> def test_holds(): assert True\ntest_too = test_holds\n\ntest_holds()\ntest_too()\n"
        'print("2 laws hold")',
        "## Points an interviewer ticks\n\n- one\n- two\n- three",
        "## References\n\n- [T](https://x.org) (read 2026-11-20)",
    ]


def test_what_the_question_needs_every_cell_needs(pack: Path) -> None:
    path = pack / "questions/a/all.md"
    path.write_text(path.read_text().replace("minutes: 3", "minutes: 3\nneeds: [cuda]"))
    code = [cell for cell in told(made(pack, "a/all")) if cell.startswith("> ")]
    assert all("torch.cuda.is_available()" in cell for cell in code[1:])


def test_a_choice_shows_its_options_and_at_the_end_their_reasons(pack: Path) -> None:
    write(pack, "questions/a/pick.md",
          "---\ntitle: T\nkind: choice\nlevel: mid\nminutes: 2\n---\nWhich?\n\n"
          "- a) one\n  and more\n- b) two\n- c) three\n")  # fmt: skip
    write(pack, "answers/a/pick.md",
          '---\ncorrect: [b]\nwhy: {a: "no", b: "so", c: "not"}\n---\nSay.\n\n'
          + fence("assert 1"))  # fmt: skip
    cells = told(made(pack, "a/pick"))
    assert cells[0].endswith("Which?\n\n- a) one\n  and more\n- b) two\n- c) three")
    assert cells[-1] == "## The options\n\n- ✗ a) no\n- ✓ b) so\n- ✗ c) not"


def test_an_exercise_runs_its_solutions_and_shows_its_mistakes() -> None:
    item = load_item(ROOT, "numerics/softmax")
    prompt, *cells = told(made(ROOT, "numerics/softmax"))
    assert "```python starter" in prompt
    for each in item.answer.fences:
        shown = next(cell for cell in cells if each.code.strip() in cell)
        runs = each.mode in (Mode.SOLUTION, Mode.RUN, Mode.PROPERTY)
        assert shown.startswith(">") is (runs or each.mode is Mode.OUTPUT)
        if each.mode is Mode.WRONG:
            assert shown.startswith(f"*✗ wrong: {each.wrong}*\n\n```python\n")
    assert "for law in exercise.laws:" in "".join(cells)
    assert "torchdrill check numerics/softmax solution.py" in cells[-3]


def test_the_laws_are_asked_for_only_where_they_are_used() -> None:
    plain = Fence("python", Mode.RUN, "print(1)\n", 5)
    law = Fence("python", Mode.PROPERTY, "from verify import laws\ntest_x = laws.x()\n", 9)
    assert "verify" not in setup([plain])
    assert "pip install torchdrill" in setup([plain, law])


# Wrapping


@pytest.mark.parametrize(
    "code",
    [
        's = """\nfirst\n  second\n"""\nassert s == "\\nfirst\\n  second\\n"\n',
        "n = 1\ns = f'''\n{n\n}\n  x'''\nassert s == '\\n1\\n  x'\n",
        "if True:\n    s = '''a\n\n  b'''\n\n    t = 1\nassert s == 'a\\n\\n  b' and t == 1\n",
        "s = 'a\\\nb'\nassert s == 'ab'\n",
        "s = ('a'\n     'b')\nassert s == 'ab'\n# the end\n",
        'def f():\n    """Doc.\n\n    More."""\nassert "\\n    More." in f.__doc__\n',
    ],
)
def test_code_is_indented_and_means_the_same(code: str) -> None:
    namespace: dict[str, Any] = {}
    exec(compile(code, "plain", "exec"), namespace)
    exec(compile(f"if True:\n{indented(code)}", "indented", "exec"), namespace)


def test_the_name_of_the_exception_is_one_that_nothing_else_uses() -> None:
    def using(code: str) -> list[Fence]:
        return [Fence("python", Mode.RUN, code, 1), Fence("text", Mode.TEXT, "error '", 9)]

    assert unused(using("x = 1\n")) == "error"
    assert unused(using("# error\nx = 'error'\n")) == "error"
    assert unused(using("error = 1\n")) == "raised"
    assert unused(using("error = raised = 1\n")) == "caught"


# Running

TEN = (
    "autograd/detach-vs-data",  # a bug, its fix, a law
    "autograd/backward-twice",  # a program that prints and then raises
    "saving/weights-only-default",  # writes files; raises what it has not imported
    "saving/whole-model-and-weights-only",
    "tensors/dtype-mismatch",  # needs a GPU
    "ecosystem/lightning",  # needs a package
    "numerics/softmax",  # an exercise
    "optim/adam",
    "modules/nn-vs-optim",  # a choice
    "data/datasets-and-dataloaders",  # worker processes
)


def test_ten_notebooks_run_from_top_to_bottom(tmp_path: Path) -> None:
    paths = [exported(ROOT, identity, tmp_path) for identity in TEN]
    for path, found in zip(paths, run(*paths, folder=tmp_path), strict=True):
        assert not found["error"], f"{path.name}: {found['error']}"
        cells = [c for c in json.loads(path.read_text())["cells"] if c["cell_type"] == "code"]
        assert found["cells"] == len(cells) > 2
        for cell, printed in zip(cells, found["printed"], strict=True):
            source = "".join(cell["source"])
            for output in cell["outputs"]:
                # Of a cell that raises, the exception follows what was printed before.
                lines = printed.splitlines(keepends=True)
                shown = "".join(lines[: len(output["text"])])
                assert compare_output("".join(output["text"]), shown) is None, source
                assert lines[len(output["text"]) :] == [] or source.startswith("try:")
            if "should have raised" in source and "skipped: it needs" not in printed:
                assert re.search(r"^\w+(Error|Exception): ", printed, re.MULTILINE), source
            if "laws hold" in source:
                assert "laws hold" in printed
    assert {path.suffix for path in tmp_path.iterdir() if path.is_file()} == {".ipynb"}


def test_a_claim_that_does_not_hold_stops_the_notebook(pack: Path, tmp_path: Path) -> None:
    """Each way of proving, spoiled: a notebook that runs is one that proves something."""
    spoiled = {
        "quiet": ("x = 1", 'python raises="KeyError: lost"', "should have raised KeyError"),
        "other": ("raise KeyError('found')", 'python raises="KeyError: lost"', "AssertionError"),
        "else": ("raise ValueError('lost')", 'python raises="KeyError: lost"', "ValueError"),
        "named": ("raise OSError('lost')", 'python raises="UnpicklingError"', "AssertionError"),
        "law": ("def test_it():\n    assert False", "python property", "AssertionError"),
        "plain": ("assert 1 > 2", "python", "AssertionError"),
    }
    for name, (code, info, _) in spoiled.items():
        add(pack, f"a/{name}", f"Say.\n\n{fence(code, info)}")
    paths = [exported(pack, f"a/{name}", tmp_path) for name in spoiled]
    ends = run(*paths, folder=tmp_path)
    for found, (_, _, says) in zip(ends, spoiled.values(), strict=True):
        assert found["cells"] == 1
        assert says in found["error"].strip().splitlines()[-1]


def test_the_cells_that_cannot_run_here_say_so(pack: Path, tmp_path: Path) -> None:
    (found,) = run(exported(pack, "a/all", tmp_path), folder=tmp_path)
    assert found["error"] == ""
    assert "skipped: it needs the package nowhere_at_all\n" in found["printed"]
    assert "KeyError: ('lost', 'π')\n" in found["printed"]


def test_without_torchdrill_it_says_what_to_install(tmp_path: Path) -> None:
    """The first cell alone, in a Python that cannot import the laws."""
    path = exported(ROOT, "autograd/detach-vs-data", tmp_path)
    cells = [c for c in json.loads(path.read_text())["cells"] if c["cell_type"] == "code"]
    code = "import sys\nsys.modules['verify'] = None\n" + "".join(cells[0]["source"])
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr.strip().endswith(
        "ImportError: the laws come with torchdrill: pip install torchdrill"
    )


def test_every_answer_of_the_bank_makes_a_valid_notebook() -> None:
    pack = load_pack(ROOT)
    for item in pack.items.values():
        text = notebook_text(item)
        assert text == notebook_text(item)
        notebook = json.loads(text)
        expect_valid(notebook)
        assert notebook["metadata"]["torchdrill"] == {"id": item.id}
        whole = "\n".join(told(notebook))
        for line in item.answer.body.split("\n"):
            if not line.startswith("```"):
                assert line.strip() in whole, f"{item.id}: {line}"
