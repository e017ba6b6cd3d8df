"""Every defect of a pack is reported at its line, and a broken file never stops the rest."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.packs import add, fence, write
from verify import locations
from verify.bank import load_document, load_index, load_item, load_pack
from verify.errors import ContentError, UsageError

GOOD = fence("print(1)") + fence("1", "output")


def defects(root: Path) -> list[tuple[int, str, str, str]]:
    return [(d.line, d.found, d.expected, d.nearest) for d in load_pack(root).defects]


def only(root: Path) -> tuple[int, str, str, str]:
    found = defects(root)
    assert len(found) == 1, found
    return found[0]


def test_a_sound_pack_has_no_defect(tmp_path: Path) -> None:
    add(tmp_path, "topic/one", GOOD)
    pack = load_pack(tmp_path)
    assert pack.defects == ()
    assert [*pack.items] == ["topic/one"]


def test_an_empty_pack_is_no_error_and_a_folder_without_one_is(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not a pack"):
        load_pack(tmp_path)
    (tmp_path / "questions").mkdir()
    pack = load_pack(tmp_path)
    assert not pack.items
    assert not pack.defects


@pytest.mark.parametrize(
    ("body", "line", "found", "near"),
    [
        ("```pyhton\nx\n```", 4, "fence language 'pyhton'", "python"),
        ("```python proprety\nx = 1\n```", 4, "fence word 'proprety'", "property"),
        ("```python rases=ValueError\nx = 1\n```", 4, "fence word 'rases'", "raises"),
        ("text\n\n```python\nx = 1\n", 6, "a fence that is never closed", ""),
        ("```python\nx = (\n```", 5, "python that does not compile", ""),
        ("```python property\nx = 1\n```", 4, "a property fence without a test", ""),
        ("```output\n1\n```", 4, "an output fence with nothing to compare", ""),
        ("```python raises\nx = 1\n```", 4, "'raises' without a value", ""),
        ("```\nx\n```", 4, "a fence without a language", ""),
        ("```python fix\nx = 1\n```", 4, "a fix fence for kind recall", ""),
        ("```python\n" + "x" * 80 + "\n```", 5, "a line of code of 80 columns", ""),
        ("```python\nx = 1\n```\n<b>bold</b>", 7, "raw HTML '<b>'", ""),
        ("```python\nx = 1\n```\n- [ ] task", 7, "a task list", ""),
        ("```python\nx = 1\n```\n$\\alpha$", 7, "a TeX formula", ""),
    ],
)
def test_defects_of_a_body(tmp_path: Path, body: str, line: int, found: str, near: str) -> None:
    add(tmp_path, "topic/one", body)
    matching = [d for d in defects(tmp_path) if d[0] == line and d[1].startswith(found)]
    assert matching, defects(tmp_path)
    assert matching[0][3] == near
    assert matching[0][2]


@pytest.mark.parametrize(
    ("head", "found"),
    [
        ("devices: [cpu]\n", "'devices' without 'devices_why'"),
        ('devices_why: "it loads data"\n', "'devices_why' alone"),
        ('devices: [cpu]\ndevices_why: "it loads data"\n', ""),
    ],
)
def test_where_an_answer_is_proved_has_a_reason(tmp_path: Path, head: str, found: str) -> None:
    add(tmp_path, "topic/one", GOOD, head=head)
    assert [text for _, text, _, _ in defects(tmp_path)] == ([found] if found else [])


def test_defects_of_a_head(tmp_path: Path) -> None:
    add(tmp_path, "topic/one", GOOD, kind="recal", head="keypoints: [a]\n")
    found = {(line, text, near) for line, text, _, near in defects(tmp_path)}
    assert (3, "kind: recal", "recall") in found
    assert (3, "unknown key 'keypoints'", "key_points") in found


def test_all_defects_come_in_one_run_and_the_rest_stays(tmp_path: Path) -> None:
    add(tmp_path, "topic/good", GOOD)
    add(tmp_path, "topic/one", "```pyhton\nx\n```\n\n```python oops\nx\n```")
    add(tmp_path, "topic/two", "```python\nx = (\n```")
    pack = load_pack(tmp_path)
    assert len(pack.defects) == 3
    assert [*pack.items] == ["topic/good"]
    assert pack.broken == ("topic/one", "topic/two")


def test_a_file_in_latin_1(tmp_path: Path) -> None:
    add(tmp_path, "topic/good", GOOD)
    path = add(tmp_path, "topic/one", GOOD)
    path.write_bytes(path.read_bytes() + "\ncaf\u00e9\n".encode("latin-1"))
    line, found, expected, _ = only(tmp_path)
    assert (line, found) == (12, "byte 0xe9, which is not UTF-8")
    assert "UTF-8" in expected
    assert [*load_pack(tmp_path).items] == ["topic/good"]


def test_a_question_of_five_megabytes(tmp_path: Path) -> None:
    add(tmp_path, "topic/good", GOOD)
    add(tmp_path, "topic/one", GOOD, prompt="x" * 5_000_000)
    assert only(tmp_path)[1] == "a file of 5.0 MB"
    assert [*load_pack(tmp_path).items] == ["topic/good"]


def test_a_cycle_of_follow_ups_is_named_once(tmp_path: Path) -> None:
    for one, other in (("a", "b"), ("b", "c"), ("c", "a")):
        add(tmp_path, f"topic/{one}", GOOD, head=f"follow_ups: [topic/{other}]\n")
    found = only(tmp_path)[1]
    assert found == "a cycle of follow_ups: topic/a -> topic/b -> topic/c -> topic/a"


def test_a_dangling_follow_up_names_the_nearest_id(tmp_path: Path) -> None:
    add(tmp_path, "topic/leaf-gradients", GOOD)
    add(tmp_path, "topic/one", GOOD, head="follow_ups: [topic/leaf-gradient]\n")
    assert only(tmp_path)[3] == "topic/leaf-gradients"


def test_a_question_without_an_answer_and_the_reverse(tmp_path: Path) -> None:
    add(tmp_path, "topic/one", GOOD)
    (tmp_path / "answers/topic/one.md").rename(tmp_path / "answers/topic/ones.md")
    found = [text for _, text, _, _ in defects(tmp_path)]
    assert found == [
        "no file questions/topic/ones.md beside it",
        "no file answers/topic/one.md beside it",
    ]


CHOICE = "Which?\n\n- a) one\n- b) two\n\n  with a paragraph\n- c) three"


def test_options_are_read_and_taken_out_of_the_prompt(tmp_path: Path) -> None:
    why = "why: {a: x, b: y, c: z}\n"
    add(tmp_path, "topic/one", GOOD, kind="choice", prompt=CHOICE, head=f"correct: b\n{why}")
    question = load_item(tmp_path, "topic/one").question
    assert question.prompt == "Which?"
    assert [option.letter for option in question.options] == ["a", "b", "c"]
    assert question.options[1].text == "two\n\nwith a paragraph"


def test_a_choice_needs_a_why_for_each_option(tmp_path: Path) -> None:
    head = "correct: d\nwhy: {a: x, b: y, e: z}\n"
    add(tmp_path, "topic/one", GOOD, kind="choice", prompt=CHOICE, head=head)
    found = [text for _, text, _, _ in defects(tmp_path)]
    assert found == ["correct: d", "no 'why' for option c", "why: e"]


def test_an_output_question_needs_its_program_proved(tmp_path: Path) -> None:
    add(tmp_path, "topic/one", GOOD, kind="output", prompt=fence("print(2)"))
    assert only(tmp_path)[1] == "no fence equal to the prompt's program"


def test_a_bug_needs_a_fix_that_something_proves(tmp_path: Path) -> None:
    bug = fence("x = 1")
    add(tmp_path, "topic/one", bug, kind="bug", prompt=bug)
    assert only(tmp_path)[1] == "0 fix fences"
    add(tmp_path, "topic/one", bug + fence("x = 2", "python fix"), kind="bug", prompt=bug)
    assert only(tmp_path)[1] == "a fix that nothing proves right"


def test_front_matter_keeps_words_as_words(tmp_path: Path) -> None:
    add(tmp_path, "topic/one", GOOD)
    path = tmp_path / "questions/topic/one.md"
    path.write_text(path.read_text().replace("minutes: 3", "minutes: 3\nseeds: [001]\ntags: [no]"))
    head = load_item(tmp_path, "topic/one").question.head
    assert head.seeds == ("001",)
    assert head.tags == ("no",)


def test_an_unknown_id_names_the_nearest(tmp_path: Path) -> None:
    add(tmp_path, "topic/leaf-gradients", GOOD)
    with pytest.raises(UsageError, match="leaf-gradients"):
        load_item(tmp_path, "topic/leaf-gradient")


def test_a_broken_item_says_file_and_line(tmp_path: Path) -> None:
    add(tmp_path, "topic/one", "```pyhton\nx\n```")
    with pytest.raises(ContentError, match=r"answers/topic/one\.md:4: fence language 'pyhton'"):
        load_item(tmp_path, "topic/one")


def test_a_document_needs_no_front_matter_and_may_use_other_languages(tmp_path: Path) -> None:
    path = write(tmp_path, "notes.md", "# Notes\n\n```py title='x'\nx = 1\n```\n\n```rust\n```\n")
    document = load_document(path)
    assert document.defects == ()
    assert [fence.code for fence in document.fences if fence.language == "python"] == ["x = 1\n"]


def test_an_unclosed_fence_of_a_document_is_a_defect(tmp_path: Path) -> None:
    document = load_document(write(tmp_path, "notes.md", "text\n\n```python\nx = 1\n"))
    assert [d.line for d in document.defects] == [3]


def test_the_index_follows_changes_and_survives_a_damaged_cache(tmp_path: Path) -> None:
    pack, cache = tmp_path / "pack", tmp_path / "cache"
    add(pack, "topic/one", GOOD)
    assert [*load_index(pack, cache).entries] == ["topic/one"]
    add(pack, "topic/two", GOOD)
    index = load_index(pack, cache)
    assert [*index.entries] == ["topic/one", "topic/two"]
    assert load_index(pack, cache) == index
    (kept,) = cache.iterdir()
    kept.write_text("{")
    assert load_index(pack, cache) == index


HEADS = [
    "title: \x1b[31m",
    "title: [",
    "- a list",
    "? {a: b}\n: c",
    "title: &a [*a]",
    "title: {{}}",
    "title: A\ntitle: B",
    "minutes: 99999999999999999999",
    "tags: {a: 1}",
    "'': x",
]


@pytest.mark.parametrize("head", HEADS)
def test_front_matter_of_any_kind_is_a_defect_and_no_crash(tmp_path: Path, head: str) -> None:
    add(tmp_path, "topic/good", GOOD)
    add(tmp_path, "topic/one", GOOD)
    write(tmp_path, "questions/topic/one.md", f"---\n{head}\n---\nWhat?\n")
    pack = load_pack(tmp_path)
    assert pack.defects
    assert [*pack.items] == ["topic/good"]
    with pytest.raises(ContentError):
        load_item(tmp_path, "topic/one")


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_no_damage_to_a_file_crashes_the_loader(tmp_path: Path, data: st.DataObject) -> None:
    """A piece of a real question or answer is cut, doubled or overwritten."""
    topic, slug = "modules", "cross-entropy-targets"
    folder = data.draw(st.sampled_from(["questions", "answers"]))
    for name in ("questions", "answers"):
        source = locations.built_in_pack() / name / topic / f"{slug}.md"
        write(tmp_path, f"{name}/{topic}/{slug}.md", source.read_text("utf-8"))
    path = tmp_path / folder / topic / f"{slug}.md"
    raw = path.read_bytes()
    start = data.draw(st.integers(0, len(raw)))
    end = data.draw(st.integers(start, min(len(raw), start + 200)))
    piece = data.draw(st.one_of(st.binary(max_size=20), st.just(raw[start:end] * 2)))
    path.write_bytes(raw[:start] + piece + raw[end:])
    pack = load_pack(tmp_path)
    assert len(pack.items) + len(pack.broken) == 1
    assert pack.items or pack.defects
    try:
        load_item(tmp_path, f"{topic}/{slug}")
    except ContentError:
        assert pack.defects
