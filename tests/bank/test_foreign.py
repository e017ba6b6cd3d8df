"""Documents that never heard of this program: read as a reader would, and nothing half-read."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.packs import add, fence, write
from verify.bank import load_document, load_pack
from verify.bank.checks import checks_of_document
from verify.bank.loader import read_document
from verify.bank.model import CheckKind, Defect, Fence, Mode, Outcome


def python(folder: Path, text: str) -> list[Fence]:
    """The python fences of a document."""
    document = load_document(write(folder, "notes.md", text))
    return [fence for fence in document.fences if fence.language == "python"]


def session(folder: Path, *lines: str, info: str = "python") -> list[tuple[int, str, str]]:
    """A console as (line, language, code) of the fences it is read as."""
    document = load_document(write(folder, "notes.md", fence("\n".join(lines), info)))
    return [(f.line, f.language, f.code) for f in document.fences]


@pytest.mark.parametrize(
    "info",
    [
        "py", "Python", "PY3", "python3", "ipython", "{.python}", "{.python .numberLines}",
        "{python}", "{code-cell} ipython3", "{code-block} python", "python{1,3-4}",
        "python:train.py", 'python title="a b.py" hl_lines="1 2"', "python showLineNumbers",
        "python #| echo: false", "python fixture:small", "python rasies='x'",
    ],
)  # fmt: skip
def test_python_by_any_name_runs(tmp_path: Path, info: str) -> None:
    (found,) = python(tmp_path, fence("x = 1", info))
    assert (found.code, found.mode, found.not_run) == ("x = 1\n", Mode.RUN, None)


@pytest.mark.parametrize("info", ["", "text", "pythonista", "python2", "pytb", "c++", "{}", "sh"])
def test_what_is_no_python_does_not_run(tmp_path: Path, info: str) -> None:
    assert python(tmp_path, fence("x = 1", info)) == []


def test_our_words_count_beside_those_of_other_tools(tmp_path: Path) -> None:
    text = fence("1 / 0", 'python linenums="1" raises="ZeroDivisionError: by zero" {.wide}')
    (found,) = python(tmp_path, text)
    assert found.raises == "ZeroDivisionError: by zero"


@pytest.mark.parametrize(
    "info", ["python notest", "python,no_run", "py title='a' skip", "py ignore"]
)
def test_a_fence_that_other_tools_leave_alone_is_unverified(tmp_path: Path, info: str) -> None:
    document = load_document(write(tmp_path, "a.md", fence("1 / 0", info)))
    (check,) = checks_of_document(document.fences, document.defects)
    assert check.beyond is Outcome.UNVERIFIED
    assert check.reason.startswith("marked ")


def test_a_pack_knows_no_such_words_and_no_console(tmp_path: Path) -> None:
    add(tmp_path, "topic/one", fence("x = 1", "py notest"))
    add(tmp_path, "topic/two", fence(">>> 1\n1"))
    found = [defect.found for defect in load_pack(tmp_path).defects]
    assert len(found) == 2
    assert found[0] == "fence language 'py'"
    assert found[1].startswith("python that does not compile")


def test_a_console_is_its_statements_and_what_they_print(tmp_path: Path) -> None:
    found = session(
        tmp_path,
        ">>> x = 1",  # line 2
        ">>> for i in range(2):",
        "...     i",
        "...",
        "0",  # line 6
        "1",
        ">>> x, 'é'  # both",  # line 8
        "(1, 'é')",
        "",
        "# a remark",
        ">>> x",  # line 12
        "1",
        ">>> y = 2",
    )
    assert [(line, language) for line, language, _ in found] == [
        (1, "python"), (5, "output"), (7, "python"), (8, "output"), (11, "python"),
        (12, "output"), (13, "python"),
    ]  # fmt: skip
    assert [code for _, language, code in found if language == "output"] == [
        "0\n1\n", "(1, 'é')\n", "1\n",
    ]  # fmt: skip
    printed: list[str] = []
    names: dict[str, object] = {"print": printed.append}
    for _, language, code in found:
        if language == "python":
            exec(code, names)
    assert printed == ["0", "1", "(1, 'é')", "1"]
    assert names.get("y") == 2


def test_a_console_calls_the_last_value_by_its_name(tmp_path: Path) -> None:
    (_, _, first), _, (_, _, second), _ = session(tmp_path, ">>> 6", "6", ">>> _ + 1", "7")
    printed: list[str] = []
    exec(first + second, {"print": printed.append})
    assert printed == ["6", "7"]


def test_a_console_shows_no_value_of_a_function_body(tmp_path: Path) -> None:
    ((_, _, code),) = session(
        tmp_path, ">>> def f():", "...     'told'", "...     1", ">>> z = f()"
    )
    printed: list[str] = []
    names: dict[str, object] = {"print": printed.append}
    exec(code, names)
    assert printed == []
    assert names["z"] is None


def test_a_console_pasted_without_dots_is_read_to_the_closing_bracket(tmp_path: Path) -> None:
    found = session(tmp_path, ">>> f = dict(", "    a=1,", ")", ">>> f", "{'a': 1}")
    assert found[0][2].startswith("f = dict(\n    a=1,\n)\n")
    assert found[1] == (5, "output", "{'a': 1}\n")


def test_a_class_pasted_into_a_console_is_read_to_its_end(tmp_path: Path) -> None:
    lines = [
        "# a class",
        ">>> class A:",
        "      x = 1",
        "      y = 2",
        "",
        "      z = 3",
        "",
        ">>> A.z",
    ]
    (line, _, code), *rest = session(tmp_path, *lines, "3")
    assert line == 2
    assert [one[1:] for one in rest] == [("output", "3\n")]
    names: dict[str, object] = {}
    exec(code.partition("(print")[0], names)
    assert names["A"].z == 3  # type: ignore[attr-defined]


def test_a_traceback_in_a_console_is_an_error_to_be_raised(tmp_path: Path) -> None:
    text = fence(
        ">>> int('a')\nTraceback (most recent call last):\n  File '<stdin>', line 1\n"
        "ValueError: invalid literal\n>>> f()\nTraceback (most recent call last):\n"
        "my.module.FooError: some ... text\n>>> g()\nRuntimeError: bare\n>>> x = 1"
    )
    found = python(tmp_path, text)
    assert [fence.raises for fence in found] == [
        "ValueError: invalid literal", "FooError", "RuntimeError: bare", None,
    ]  # fmt: skip
    assert [fence.line for fence in found] == [1, 5, 8, 10]


def test_output_shortened_by_a_person_is_unverified_and_that_of_torch_is_not(
    tmp_path: Path,
) -> None:
    text = fence(">>> f()\n[1, 2, ...]\n>>> x\ntensor([0, 1,  ..., 8, 9])\n")
    document = load_document(write(tmp_path, "a.md", text))
    checks = checks_of_document(document.fences, ())
    outputs = [check.beyond for check in checks if check.kind is CheckKind.OUTPUT]
    assert outputs == [Outcome.UNVERIFIED, None]


def test_console_languages_are_consoles_only_with_a_prompt(tmp_path: Path) -> None:
    assert [one[1] for one in session(tmp_path, ">>> 1", "1", info="pycon")] == ["python", "output"]
    assert [one[1] for one in session(tmp_path, "no prompt", info="pycon")] == ["console"]


def test_cells_of_a_notebook_run_without_their_commands(tmp_path: Path) -> None:
    (found,) = python(tmp_path, fence("%matplotlib inline\n!pip install x\nx = 1"))
    assert (found.code, found.line) == ("\n\nx = 1\n", 1)


@pytest.mark.parametrize("code", ["!pip install x", "%load_ext x\n%autoreload 2", "%%bash\nls"])
def test_commands_of_a_notebook_alone_are_unverified(tmp_path: Path, code: str) -> None:
    (found,) = python(tmp_path, fence(code))
    assert found.not_run is not None
    assert "notebook" in found.not_run


def test_a_sketch_is_unverified_and_a_mistake_beside_dots_is_not(tmp_path: Path) -> None:
    sketch, wrong, runs = python(
        tmp_path,
        fence("f(a=1, ...)") + fence("def f():\n    ...\nx = = 1") + fence("def f(): ..."),
    )
    assert sketch.not_run == "a sketch: line 2 has ... for what was left out"
    assert wrong.not_run is None
    assert runs.not_run is None


def test_who_awaits_outside_a_function_is_unverified(tmp_path: Path) -> None:
    for code in ("x = await f()", "async for x in f():\n    pass", "async with f() as g:\n    g()"):
        (found,) = python(tmp_path, fence(code))
        assert "outside a function" in (found.not_run or "")
    for code in ("async def f():\n    await g()", "awaited = 1", "def f():\n    await g()"):
        (found,) = python(tmp_path, fence(code))
        assert found.not_run is None


def test_code_cut_out_of_its_block_is_moved_to_the_margin(tmp_path: Path) -> None:
    cut, whole, options = python(
        tmp_path,
        fence("    x = 1\n    y = x")
        + fence("x = '''\n  kept'''")
        + fence(":name: one\n:linenos:\n\nx = 1", "{code-block} python"),
    )
    assert cut.code == "x = 1\ny = x\n"
    assert whole.code == "x = '''\n  kept'''\n"
    assert options.code == "\n\n\nx = 1\n"


def test_what_leans_on_a_package_needs_it(tmp_path: Path) -> None:
    found = python(
        tmp_path,
        fence("import torch, os\nimport absent.part as part\n\nclass Net(part.Module): pass")
        + fence("net = Net()")
        + fence("x = torch.ones(1)")  # bound by a fence that may be skipped
        + fence("import torch\nx = torch.ones(1)")
        + fence("torch.zeros(1)")
        + fence("def later():\n    return net")
        + fence("net = 1\nprint(net)")
        + fence("net"),
    )
    absent = ("absent",)
    assert [fence.needs for fence in found] == [absent, absent, absent, (), (), (), (), ()]


def test_a_package_that_may_be_missing_is_not_needed(tmp_path: Path) -> None:
    found = python(
        tmp_path,
        fence("try:\n    import absent\nexcept ImportError:\n    absent = None")
        + fence("if x:\n    import absent")
        + fence("def f():\n    import absent")
        + fence("from . import absent\nfrom .absent import a")
        + fence("from torch import nn\nimport json"),
    )
    assert [fence.needs for fence in found] == [()] * 5


def test_all_names_of_a_module_are_what_no_fence_binds(tmp_path: Path) -> None:
    found = python(
        tmp_path, fence("from absent import *") + fence("net = Net()") + fence("len([])")
    )
    assert [fence.needs for fence in found] == [("absent",), ("absent",), ()]


def test_a_module_that_the_document_makes_itself_is_not_needed(tmp_path: Path) -> None:
    made = 'import sys, types\nsys.modules["made"] = types.ModuleType("made")'
    found = python(tmp_path, fence(made) + fence("import made"))
    assert [fence.needs for fence in found] == [(), ()]


@pytest.mark.parametrize(
    ("code", "needs"),
    [
        ("y = x.cuda()", ("cuda",)),
        ("y = x.to('cuda:0')", ("cuda",)),
        ("y = torch.ones(1, device='cuda')", ("cuda",)),
        ("def f(x):\n    return x.cuda()", ()),
        ("d = 'cuda' if torch.cuda.is_available() else 'cpu'\ny = x.to(d)", ()),
        ("if torch.cuda.is_available():\n    x = x.cuda()", ()),
        ("y = x.to('cpu')", ()),
    ],
)
def test_code_that_asks_for_a_gpu_needs_it(
    tmp_path: Path, code: str, needs: tuple[str, ...]
) -> None:
    (found,) = python(tmp_path, fence(code))
    assert found.needs == needs


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_lines_may_end_as_elsewhere(tmp_path: Path, end: str) -> None:
    path = tmp_path / "notes.md"
    path.write_bytes(f"# a{end}{end}~~~py{end}x = 1{end}~~~{end}".encode())
    document = load_document(path)
    assert document.defects == ()
    assert [(f.line, f.code) for f in document.fences] == [(3, "x = 1\n")]


def test_a_pack_with_carriage_returns_alone_is_read(tmp_path: Path) -> None:
    path = add(tmp_path, "topic/one", fence("x = 1"))
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r"))
    assert load_pack(tmp_path).defects == ()


def test_fences_deep_in_lists_and_quotations_are_found(tmp_path: Path) -> None:
    deep = "".join("  " * n + "- a\n" for n in range(30))
    inside = "".join("  " * 30 + line + "\n" for line in ("```python", "x = 1", "```"))
    quoted = "> > ```py\n> > y = 2\n> > ```\n"
    found = python(tmp_path, f"{deep}{inside}\n{quoted}")
    assert [fence.code for fence in found] == ["x = 1\n", "y = 2\n"]


def test_comments_hide_fences_and_rules_do_not(tmp_path: Path) -> None:
    text = "---\n\n" + fence("x = 1") + "\n---\n\n<!--\n" + fence("y = 2") + "-->\n"
    assert [fence.code for fence in python(tmp_path, text)] == ["x = 1\n"]


def test_a_long_document_is_read_and_a_huge_one_is_a_defect(tmp_path: Path) -> None:
    assert python(tmp_path, "word " * 80_000 + "\n\n" + fence("x = 1")) != []
    path = write(tmp_path, "huge.md", "a" * 4_300_000)
    defects: list[Defect] = []
    assert read_document(path, defects) is None
    assert [(d.line, d.found) for d in defects] == [(1, "a file of 4.3 MB")]


def test_a_sum_of_a_thousand_terms_is_read(tmp_path: Path) -> None:
    (found,) = python(tmp_path, fence("import absent\nx = " + "+".join(["1"] * 900)))
    assert found.needs == ("absent",)


_LINES = st.sampled_from(
    [
        ">>> x", ">>> f(", "... y", "...", ">>>", "1", "", "Traceback (most recent call last):",
        "E: a", "%time x", "!ls", "    x = 1", "import absent", "```", "~~~", "```python", "> ```p",
        "- ```pycon", "<!--", "-->", "---", ":a: b", "x = '''", "\u2028", "\r", "\x00", "é", "\t",
    ]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(lines=st.lists(_LINES, max_size=12))
def test_no_document_breaks_the_reader(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    path = write(tmp_path_factory.getbasetemp(), "any.md", "\n".join(["```python", *lines]))
    document = load_document(path)
    count = path.read_bytes().count(b"\n") + path.read_bytes().count(b"\r") + 1
    for check in checks_of_document(document.fences, document.defects):
        assert 1 <= check.line <= count
