"""The pack that stands for a large bank is sound, varied, and the same each time."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.big_pack import KINDS, question, write_big_pack
from tests.big_pack_words import TOPICS
from verify.bank import load_pack


def test_it_is_sound_and_has_every_kind_and_topic(tmp_path: Path) -> None:
    pack = load_pack(write_big_pack(tmp_path, 330))
    assert pack.defects == ()
    assert len(pack.items) == 330
    kinds = Counter(item.question.head.kind.value for item in pack.items.values())
    assert {kind: 33 * KINDS.count(kind) for kind in KINDS} == kinds
    assert {item.question.topic for item in pack.items.values()} == {*TOPICS}
    assert len({item.question.head.title for item in pack.items.values()}) > 250


def test_a_question_does_not_depend_on_how_many_there_are(tmp_path: Path) -> None:
    few, more = write_big_pack(tmp_path / "few", 20), write_big_pack(tmp_path / "more", 60)
    for number in range(20):
        identity, asked, told = question(number)
        for root in (few, more):
            assert (root / f"questions/{identity}.md").read_text("utf-8") == asked
            assert (root / f"answers/{identity}.md").read_text("utf-8") == told
