"""Search: what is found is what a plain look at the texts finds, best first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quizapp.study.browsing import State
from quizapp.study.search import Finder, completed, parse, with_filter
from quizapp.study.search.index import names_of
from quizapp.study.search.query import FILTERS, Asked
from quizapp.study.search.snippet import Passage, cropped, passage, spans
from quizapp.study.search.texts import Texts, read_texts
from quizapp.study.search.words import Term, key
from tests.packs import write
from verify.bank import Entry

Standings = Mapping[str, frozenset[State]]

BANK = {
    "autograd/backward-twice": (
        "Two losses over one result", "output", "mid", ("autograd", "retain_graph"),
        "What does `loss.backward()` do the second time?",
        "Pass `retain_graph=True`, or the buffers are freed. Say `x.grad_fn`.",
    ),
    "autograd/no-grad": (
        "torch.no_grad or detach?", "choice", "junior", ("autograd",),
        "Which keeps no gradient?",
        "`torch.no_grad()` records nothing; `detach` gives a view.",
    ),
    "layers/layer-norm": (
        "LayerNorm by hand", "code", "senior", ("norm", "layers"),
        "Write `class MyLayerNorm(nn.Module)` with a `__init__`.",
        "The mean over the last dimensions, naïve or with Welford's method; x² … → done.",
    ),
    "memory/view-vs-reshape": (
        "When does reshape copy?", "recall", "mid", ("views", "in-place"),
        "A view shares\nstorage. What does reshape do?",
        "It copies if it must.\n\nSchrödinger's tensor: 量子 テンソル, ΣΊΣΥΦΟΣ, straße.",
    ),
    "memory/strides": (
        "What are strides?", "recall", "junior", ("views",),
        "Say what `x.stride()` returns.",
        "Steps in memory. A view has strides of its own.",
    ),
    "optim/adam": (
        "Adam's second moment", "bug", "senior", (),
        "Which learning rate `lr` does it take?",
        "The graph is not kept. NEAR the end, AND OR NOT 3.14 lr=1e-3 my_alpha your_beta",
    ),
}  # fmt: skip


def entry_of(id: str, aliases: tuple[str, ...] = ()) -> Entry:
    title, kind, level, tags, _, _ = BANK[id]
    return Entry(id, title, kind, level, 3, tags, (), (), aliases, ())


def write_texts(root: Path, id: str, prompt: str, answer: str) -> None:
    write(root, f"questions/{id}.md", f"---\ntitle: x\n---\n{prompt}\n")
    write(root, f"answers/{id}.md", f"---\nkey_points:\n---\n{answer}\n")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("pack")
    for id, (*_, prompt, answer) in BANK.items():
        write_texts(root, id, prompt, answer)
    return root


@pytest.fixture(scope="module")
def finder(root: Path) -> Iterator[Finder]:
    aliases = {"memory/strides": ("tensors/what-is-a-stride",)}
    entries = {id: entry_of(id, aliases.get(id, ())) for id in BANK}
    finder = Finder(root, entries, root.parent / "cache")
    finder.prepare()
    yield finder
    finder.close()


def found(finder: Finder, typed: str, standings: Standings | None = None) -> list[str]:
    return [*finder.find(parse(typed), standings or {}).ids]


def slugs(finder: Finder, typed: str) -> set[str]:
    return {id.partition("/")[2] for id in found(finder, typed)}


# -- what is found ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("retain_graph", {"backward-twice"}),
        ("retai", {"backward-twice"}),
        ("_graph", {"backward-twice", "adam"}),
        ("graph", {"backward-twice", "adam"}),
        ("no_grad", {"no-grad"}),  # and not "no gradient"
        ("torch.no_grad()", {"no-grad"}),
        ("nn.Module", {"layer-norm"}),
        ("nn.Mod", {"layer-norm"}),
        ("norm", {"layer-norm"}),
        ("layernorm", {"layer-norm"}),
        ("ayernorm", set()),
        ("__init__", {"layer-norm"}),
        ("init", {"layer-norm"}),
        ("view-vs-reshape", {"view-vs-reshape"}),
        ("VIEW RESHAPE", {"view-vs-reshape"}),
        ("reshape view", {"view-vs-reshape"}),
        ("tensors/what-is-a-stride", {"strides"}),
        ("lr", {"adam"}),
        ("3.14", {"adam"}),
        ('"a view"', {"no-grad", "strides", "view-vs-reshape"}),
        ('"a vie"', set()),
        ('"a vie', {"no-grad", "strides", "view-vs-reshape"}),
        ('"shares storage"', {"view-vs-reshape"}),
        ("naive", {"layer-norm"}),
        ("naïve", {"layer-norm"}),
        ("nai\u0308ve", {"layer-norm"}),
        ("SCHRODINGER", {"view-vs-reshape"}),
        ("量", {"view-vs-reshape"}),
        ("σισυφος", {"view-vs-reshape"}),
        ("strasse", {"view-vs-reshape"}),
        ("in-place", {"view-vs-reshape"}),
        ("alpha beta", {"adam"}),
        ("alpha.beta", set()),  # the parts of two names stand nowhere side by side
        ("my_alpha.your", {"adam"}),
        ("nowhere at all", set()),
    ],
)
def test_words_are_found_by_how_they_and_their_parts_begin(
    finder: Finder, typed: str, expected: set[str]
) -> None:
    assert slugs(finder, typed) == expected


@pytest.mark.parametrize(
    "typed", ["", " ", '"', '""', "*", "-", "- -", ":", "topic:", "(", "NEAR", "AND", "OR NOT",
              "NEAR(a b)", "^a", "a*", "{title}: x", "- parts : x", "\0", "\ud800", "' OR 1", "_",
              "__", "\\", "%", "$accent", "[bold]"],
)  # fmt: skip
def test_nothing_that_is_typed_is_an_error(finder: Finder, typed: str) -> None:
    assert finder.find(parse(typed), {}).complete


WORDS = st.sampled_from(
    ["retain_graph", "_graph", "no", "grad", "nn.Module", "view", "Reshape", "a", "of", "lr", "x",
     "__init__", "LayerNorm", "norm", '"a view"', '"', "NEAR", "*", "量", "naïve", "ΣΊ", "ß", "²"]
)  # fmt: skip
TYPED = st.one_of(st.text(max_size=12), st.lists(WORDS, max_size=4).map(" ".join))


@settings(max_examples=400, deadline=None)
@given(typed=TYPED)
def test_the_index_finds_what_a_look_at_each_text_finds(
    finder: Finder, root: Path, typed: str
) -> None:
    query = parse(typed)
    needles = [term.needle for term in query.terms]
    if query.filters:
        return
    entries = finder.entries.values()
    naive = {
        entry.id
        for entry in entries
        if all(
            needle in key(entry.title, names_of(entry), *read_texts(root, entry.id))
            for needle in needles
        )
    }
    assert {*finder.find(query, {}).ids} == naive


TEXT = st.text(st.sampled_from("aAbB_ .1é́ßﬁ²量⑴ İ\n-"), max_size=14)


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(texts=st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=3), typed=TEXT)
def test_it_does_so_whatever_the_texts_are(
    tmp_path: Path, texts: list[tuple[str, str, str]], typed: str
) -> None:
    entries = {}
    for number, (title, prompt, answer) in enumerate(texts):
        id = f"topic/{number}"
        write_texts(tmp_path, id, prompt, answer)
        entries[id] = Entry(id, title, "recall", "mid", 1, (), (), (), (), ())
    finder = Finder(tmp_path, entries, None)
    finder.prepare()
    query = parse(typed)
    naive = {
        entry.id
        for entry in entries.values()
        if all(
            term.needle in key(entry.title, names_of(entry), *read_texts(tmp_path, entry.id))
            for term in query.terms
        )
    }
    assert {*finder.find(query, {}).ids} == naive
    finder.close()


def test_front_matter_is_searched_as_far_as_it_is_prose(tmp_path: Path) -> None:
    write(tmp_path, "questions/a/b.md", "---\ntitle: Hidden\n---\nAsked.\n")
    head = (
        'key_points:\n  - "points are prose"\ncorrect: [a]\nwhy:\n  a: "because"\n'
        'follow_ups: [x/elsewhere]\nreferences:\n  - title: "torch.foo"\n'
        '    url: "https://docs.example/bar"\n    date: "2026-11-20"\n'
    )
    write(tmp_path, "answers/a/b.md", f"---\r\n{head}---\r\nSaid.\n")
    texts = read_texts(tmp_path, "a/b")
    assert texts.prompt == "Asked.\n"
    for word in ("points", "because", "torch", "foo", "said"):
        assert f" {word} " in key(texts.answer)
    for word in ("key_points", "title", "https", "2026", "elsewhere", "references"):
        assert f" {word} " not in key(texts.answer)
    assert read_texts(tmp_path, "a/none") == Texts("", "")


# -- in which order ---------------------------------------------------------------------------


def test_titles_come_first_then_names_then_texts(finder: Finder) -> None:
    assert found(finder, "reshape")[0] == "memory/view-vs-reshape"
    assert found(finder, "strides")[0] == "memory/strides"
    by_view = found(finder, "view")
    assert {*by_view[:2]} == {"memory/view-vs-reshape", "memory/strides"}  # its id, its tag
    assert found(finder, "grad")[0] == "autograd/no-grad"


def test_whole_words_of_titles_come_before_beginnings(tmp_path: Path) -> None:
    entries = {}
    for slug, title in (("a", "Views everywhere"), ("b", "What the view of a view is")):
        write_texts(tmp_path, f"t/{slug}", "?", "!")
        entries[f"t/{slug}"] = Entry(f"t/{slug}", title, "recall", "mid", 1, (), (), (), (), ())
    finder = Finder(tmp_path, entries, None)
    finder.prepare()
    assert found(finder, "view") == ["t/b", "t/a"]
    finder.close()


def test_without_words_the_order_is_topic_level_title(finder: Finder) -> None:
    assert found(finder, "") == [
        "autograd/no-grad", "autograd/backward-twice", "layers/layer-norm",
        "memory/strides", "memory/view-vs-reshape", "optim/adam",
    ]  # fmt: skip


def test_of_very_many_only_titles_are_ranked(
    finder: Finder, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = found(finder, "view")
    monkeypatch.setattr("quizapp.study.search.finder.RANKED", 1)
    many = found(finder, "view")
    assert {*many} == {*few}
    assert found(finder, "reshape")[0] == "memory/view-vs-reshape"


# -- filters ----------------------------------------------------------------------------------

STANDINGS: dict[str, frozenset[State]] = {
    "autograd/no-grad": frozenset({State.DUE, State.WEAK}),
    "memory/strides": frozenset({State.DUE, State.BOOKMARKED}),
    "optim/adam": frozenset({State.KNOWN}),
}


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("topic:memory", ["memory/strides", "memory/view-vs-reshape"]),
        ("topic:mem", ["memory/strides", "memory/view-vs-reshape"]),
        ("TOPIC:MEM level:JUNIOR", ["memory/strides"]),
        ("topic:layers,optim", ["layers/layer-norm", "optim/adam"]),
        ("topic:layers topic:optim", ["layers/layer-norm", "optim/adam"]),
        ("level:senior kind:bug", ["optim/adam"]),
        ("kind:c", ["autograd/no-grad", "layers/layer-norm"]),  # choice and code
        ("tag:views", ["memory/strides", "memory/view-vs-reshape"]),
        ("tag:views tag:in-place", ["memory/view-vs-reshape"]),
        ("state:due", ["autograd/no-grad", "memory/strides"]),
        ("state:due state:weak", ["autograd/no-grad"]),
        ("state:weak,known", ["autograd/no-grad", "optim/adam"]),
        ("is:bookmarked state:due", ["memory/strides"]),
        ("state:new topic:auto", ["autograd/backward-twice"]),
        ("topic:memory view", ["memory/strides", "memory/view-vs-reshape"]),
        ("view topic:memory", ["memory/strides", "memory/view-vs-reshape"]),
        ("topic: level:senior", ["layers/layer-norm", "optim/adam"]),
    ],
)
def test_filters_narrow_what_is_found(finder: Finder, typed: str, expected: list[str]) -> None:
    assert sorted(found(finder, typed, STANDINGS)) == expected


def test_a_filter_of_what_there_is_not_is_told(finder: Finder) -> None:
    outcome = finder.find(parse("topic:autgrad,memory x"), {})
    assert outcome.ids == ()
    assert outcome.unknown == (("topic", "autgrad"),)


def test_an_exact_value_is_no_beginning_of_others(finder: Finder) -> None:
    assert finder.meant("tag", "layers") == ("layers",)
    assert finder.meant("state", "b") == ("begun", "bookmarked")


def test_standings_that_change_are_looked_at_anew(finder: Finder) -> None:
    assert found(finder, "state:known", STANDINGS) == ["optim/adam"]
    assert found(finder, "state:known", {**STANDINGS, "optim/adam": frozenset()}) == []


# -- what is typed ----------------------------------------------------------------------------


def test_words_phrases_and_filters_are_told_apart() -> None:
    query = parse('grad "no grad" is:due "topic:x y" foo:bar topic:a,b "open')
    assert query.terms == (
        Term(("grad",), True),
        Term(("no", "grad"), False),
        Term(("topic", "x", "y"), False),
        Term(("foo", "bar"), True),
        Term(("open",), True),
    )
    assert query.filters == (Asked("state", ("due",)), Asked("topic", ("a", "b")))


PIECES = st.sampled_from(
    ["topic:a", "is:due", "tag:x,y", "level:", "word", '"', '"a b"', "é", "state:new", "::", " "]
)
LINE = st.one_of(st.text(max_size=20), st.lists(PIECES, max_size=6).map(" ".join))


@settings(max_examples=300, deadline=None)
@given(text=LINE, name=st.sampled_from(FILTERS), value=st.sampled_from(["", "new", "a-b"]))
def test_changing_a_filter_changes_nothing_else(text: str, name: str, value: str) -> None:
    before, after = parse(text), parse(with_filter(text, name, value))
    assert after.terms == before.terms
    assert [f for f in after.filters if f.name == name] == ([Asked(name, (value,))] * bool(value))
    others = [f for f in before.filters if f.name != name]
    assert sorted(f for f in after.filters if f.name != name) == sorted(others)


def test_a_filter_changes_where_the_words_stay() -> None:
    assert with_filter("", "topic", "memory") == "topic:memory "
    assert with_filter("view ", "topic", "memory") == "topic:memory view "
    assert with_filter("topic:memory view", "topic", "") == "view"
    assert with_filter("view is:due x", "level", "mid") == "level:mid is:due view x"
    assert with_filter("topic:a view topic:b", "topic", "c") == "topic:c view "


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("topic:me", "topic:memory"),
        ("view topic:ME", "view topic:MEmory"),
        ("topic:memory,la", "topic:memory,layers"),
        ("is:bo", "is:bookmarked"),
        ("topic:", "topic:autograd"),
        ("topic:memory", None),
        ("topic:xx", None),
        ("topic:me ", None),
        ("view", None),
        ('"topic:me', None),
        ("", None),
    ],
)
def test_a_filter_is_completed(finder: Finder, text: str, expected: str | None) -> None:
    assert completed(text, finder.values) == expected


# -- why it was found -------------------------------------------------------------------------


def told(line: Passage) -> str:
    """The line with brackets around what was found."""
    text = line.line
    for start, end in reversed(line.spans):
        text = f"{text[:start]}[{text[start:end]}]{text[end:]}"
    return text


@pytest.mark.parametrize(
    ("typed", "where", "expected"),
    [
        ("retain", "answer", "Pass [retain]_graph=True, or the buffers are freed. Say x.grad_fn."),
        ("_graph true", "answer",
         "Pass retain_[graph]=[True], or the buffers are freed. Say x.grad_fn."),
        ("loss.back", "question", "What does [loss.back]ward() do the second time?"),
        ("two", "question", "What does loss.backward() do the second time?"),
        ("", "question", "What does loss.backward() do the second time?"),
    ],
)  # fmt: skip
def test_the_line_that_says_why(root: Path, typed: str, where: str, expected: str) -> None:
    texts = read_texts(root, "autograd/backward-twice")
    line = passage(texts, parse(typed).terms)
    assert (line.where, told(line)) == (where, expected)


def test_the_line_has_no_marks_of_structure() -> None:
    texts = Texts(
        "## A *view*\n- a) `b` **strong** x\n", '  - "a point"\n  a: "because of f(**k)"\n'
    )
    assert passage(texts, parse("view").terms).line == "A *view*"
    assert passage(texts, parse("strong").terms).line == "a) b strong x"
    assert passage(texts, parse("point").terms).line == "a point"
    assert passage(texts, parse("because").terms).line == "because of f(**k)"
    assert passage(Texts("", "x"), ()) == Passage("", "", ())


def test_the_line_shows_what_the_title_does_not(root: Path) -> None:
    texts = read_texts(root, "memory/strides")
    terms = parse("strides memory").terms
    assert told(passage(texts, terms)) == "Steps in [memory]. A view has [strides] of its own."
    texts = Texts("Strides are steps.", "In memory.")
    assert passage(texts, terms, "What are strides?").line == "In memory."
    assert passage(texts, terms[:1], "What are strides?").line == "Strides are steps."


def test_a_phrase_may_go_over_the_end_of_a_line(root: Path) -> None:
    texts = read_texts(root, "memory/view-vs-reshape")
    line = passage(texts, parse('"shares storage"').terms)
    assert told(line) == "A view [shares storage]. What does reshape do?"


@pytest.mark.parametrize("before", [0, 9, 40, 300])
@pytest.mark.parametrize("after", [0, 9, 300])
def test_a_long_line_is_cut_around_what_was_found(before: int, after: int) -> None:
    line = "a " * before + "needle" + " b" * after
    shown = cropped(Passage("answer", line, spans(line, parse("needle").terms)), 40)
    assert "[needle]" in told(shown)
    assert len(shown.line) == min(40, len(line))
    assert shown.line.startswith("…") is (len(line) > 40 and not line.startswith(shown.line[:9]))


@settings(max_examples=300, deadline=None)
@given(line=st.one_of(TEXT, st.lists(WORDS, max_size=8).map(" ".join)), typed=TYPED,
       room=st.integers(3, 30))  # fmt: skip
def test_what_stands_out_is_in_the_line_and_in_sight(line: str, typed: str, room: int) -> None:
    terms = parse(typed).terms
    marked = spans(line, terms)
    assert all(0 <= start < end <= len(line) for start, end in marked)
    assert all(a[1] < b[0] for a, b in pairwise(marked))
    if marked:
        assert any(term.needle in key(line) for term in terms)
    shown = cropped(Passage("answer", line, marked), room)
    assert len(shown.line) <= max(room, 0) or len(line) <= room
    assert all(0 <= start < end <= len(shown.line) for start, end in shown.spans)
    assert bool(shown.spans) == bool(marked)
