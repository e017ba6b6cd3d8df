"""What a sound question with its answer must have, kind by kind, and what a pack must."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set

from verify.bank.markdown import EXERCISE
from verify.bank.model import Answer, Defect, Fence, Item, Kind, Mode, Question
from verify.bank.words import DEVICES, listed, nearest

_DATE = re.compile(r"20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")


def item_defects(item: Item) -> Iterator[Defect]:
    """Yield what is wrong with one question and its answer taken together."""
    yield from _question_defects(item.question)
    yield from _answer_defects(item)
    yield from _fence_order(item.answer)
    match item.question.head.kind:
        case Kind.CHOICE:
            yield from _choice_defects(item)
        case Kind.OUTPUT:
            yield from _output_defects(item)
        case Kind.BUG:
            yield from _bug_defects(item)
        case Kind.CODE:
            yield from _code_defects(item)
        case Kind.RECALL:
            pass


def _question_defects(question: Question) -> Iterator[Defect]:
    path, head = question.path, question.head
    if not question.prompt:
        yield Defect(path, 1, "an empty prompt", "the question")
    if not 1 <= head.minutes <= 90:
        yield Defect(path, 1, f"minutes: {head.minutes}", "1 to 90")
    for fence in question.fences:
        if fence.language == "python" and fence.mode not in (Mode.RUN, Mode.STARTER):
            yield Defect(path, fence.line, f"a {fence.mode} fence in a question", "plain python")
    if head.kind in (Kind.OUTPUT, Kind.BUG):
        count = sum(fence.language == "python" for fence in question.fences)
        if count != 1:
            found = f"{count} python fences in the prompt"
            yield Defect(path, 1, found, f"one, for kind {head.kind}")


def _answer_defects(item: Item) -> Iterator[Defect]:
    answer, kind = item.answer, item.question.head.kind
    path, head = answer.path, answer.head
    if not answer.body.strip():
        yield Defect(path, answer.body_line, "an empty answer", "the spoken answer, then the proof")
    if kind in (Kind.RECALL, Kind.BUG) and not 3 <= len(head.key_points) <= 6:
        yield Defect(path, 1, f"{len(head.key_points)} key_points", "three to six, decisive first")
    if (head.correct or head.why) and kind is not Kind.CHOICE:
        yield Defect(path, 1, f"'correct' or 'why' for kind {kind}", "them for kind choice only")
    if head.hints and len(head.hints) != 3:
        yield Defect(path, 1, f"{len(head.hints)} hints", "three, each giving more")
    if bool(head.devices) is not bool(head.devices_why.strip()):
        named = "'devices' without 'devices_why'" if head.devices else "'devices_why' alone"
        yield Defect(path, 1, named, "both: where it can be proved, and why nowhere else")
    for device in head.devices:
        if device not in DEVICES:
            near = nearest(device, DEVICES)
            yield Defect(path, 1, f"device {device!r}", listed(DEVICES), near)
    for reference in head.references:
        if not _DATE.match(reference.date):
            yield Defect(path, 1, f"date {reference.date!r} of a reference", "YYYY-MM-DD")
        if not reference.url.startswith("https://"):
            yield Defect(path, 1, f"url {reference.url!r} of a reference", "https://...")
    if not head.references and not any(fence.language == "python" for fence in answer.fences):
        yield Defect(path, 1, "neither code nor references", "what proves the answer")
    for fence in answer.fences:
        fixing = fence.mode is Mode.FIX and kind is not Kind.BUG
        coding = fence.mode in (Mode.SOLUTION, Mode.WRONG, Mode.STARTER) and kind is not Kind.CODE
        if fixing or coding:
            where = "bug" if fixing else "code"
            found = f"a {fence.mode} fence for kind {kind}"
            yield Defect(path, fence.line, found, f"it for kind {where} only")


def _fence_order(answer: Answer) -> Iterator[Defect]:
    """An output fence belongs to the fence right above it, which must be one that runs."""
    above: Fence | None = None
    for fence in answer.fences:
        if fence.mode is Mode.OUTPUT and (
            above is None
            or above.language != "python"
            or above.mode not in (Mode.RUN, Mode.FIX)
            or above.not_run is not None
        ):
            expected = "a python fence that runs right above it"
            yield Defect(
                answer.path, fence.line, "an output fence with nothing to compare", expected
            )
        above = fence


def _choice_defects(item: Item) -> Iterator[Defect]:
    question, answer = item.question, item.answer
    letters = [option.letter for option in question.options]
    if len(letters) < 3:
        found = f"{len(letters)} options"
        yield Defect(question.path, 1, found, "a list of three or more: '- a) ...', '- b) ...'")
        return
    expected = [chr(ord("a") + n) for n in range(len(letters))]
    if letters != expected:
        yield Defect(question.path, 1, f"options {listed(letters)}", listed(expected))
    head = answer.head
    if not head.correct:
        yield Defect(answer.path, 1, "no key 'correct'", "correct: the letter or letters")
    for letter in head.correct:
        if letter not in letters:
            yield Defect(answer.path, 1, f"correct: {letter}", listed(letters))
    for letter in letters:
        if not head.why.get(letter, "").strip():
            yield Defect(answer.path, 1, f"no 'why' for option {letter}", "a reason per option")
    for letter in head.why:
        if letter not in letters:
            yield Defect(answer.path, 1, f"why: {letter}", listed(letters))


def _output_defects(item: Item) -> Iterator[Defect]:
    if item.question.program is None:
        return
    program = item.program
    path = item.answer.path
    if program is None:
        found = "no fence equal to the prompt's program"
        yield Defect(path, item.answer.body_line, found, "the same program, to the letter")
        return
    silent = program.raises is not None and "print(" not in program.code
    if _below(item.answer, program) is None and not silent:
        yield Defect(path, program.line, "the program without its output", "an output fence below")
    if program.needs or program.not_run:
        yield Defect(path, program.line, "a program that is not always run", "one that runs")


def _bug_defects(item: Item) -> Iterator[Defect]:
    if item.question.program is None:
        return
    answer, program = item.answer, item.program
    if program is None:
        found = "no fence equal to the prompt's program"
        yield Defect(answer.path, answer.body_line, found, "the same program, proved wrong")
        return
    fixes = [n for n, fence in enumerate(answer.fences) if fence.mode is Mode.FIX]
    if len(fixes) != 1:
        yield Defect(answer.path, answer.body_line, f"{len(fixes)} fix fences", "one")
        return
    if answer.fences.index(program) > fixes[0]:
        yield Defect(answer.path, program.line, "the bug after its fix", "the bug first")
    after = answer.fences[fixes[0] + 1 :]
    if not any(f.mode in (Mode.PROPERTY, Mode.OUTPUT) or "assert" in f.code for f in after):
        expected = "asserts, a property or an output after it, which the bug fails"
        found = "a fix that nothing proves right"
        yield Defect(answer.path, answer.fences[fixes[0]].line, found, expected)


_LEAST = {Mode.SOLUTION: 2, Mode.WRONG: 5}
"""How many different ways, and how many mistakes, the judge of an exercise is proved with."""


def _code_defects(item: Item) -> Iterator[Defect]:
    question, answer = item.question, item.answer
    starters = sum(fence.mode is Mode.STARTER for fence in question.fences)
    if starters != 1:
        expected = "one: what a learner starts from, which loads and is refused"
        yield Defect(question.path, 1, f"{starters} starter fences in the prompt", expected)
    examples = [f for f in question.fences if f.language == "python" and f.mode is Mode.RUN]
    if not examples:
        yield Defect(question.path, 1, "a task without an example", "a python fence that shows one")
    shown = {f.code for f in answer.fences if f.language == "python" and f.mode is Mode.RUN}
    for example in examples:
        if example.code not in shown:
            expected = "the same fence in the answer, where it is run"
            yield Defect(question.path, example.line, "an example that is not run", expected)
    for mode, least in _LEAST.items():
        count = len({fence.code for fence in answer.fences if fence.mode is mode})
        if count < least:
            found = f"{count} different {mode} fences"
            yield Defect(answer.path, answer.body_line, found, f"{least} at least")
    properties = [f for f in answer.fences if f.mode is Mode.PROPERTY]
    if not any(f"{EXERCISE} =" in fence.code for fence in properties):
        expected = f"a property fence with {EXERCISE} = ..."
        yield Defect(answer.path, answer.body_line, "nothing that judges solutions", expected)
    if len(answer.head.hints) != 3:
        yield Defect(answer.path, 1, "an exercise without hints", "three, each giving more")


def _below(answer: Answer, fence: Fence) -> Fence | None:
    position = answer.fences.index(fence) + 1
    if position < len(answer.fences) and answer.fences[position].mode is Mode.OUTPUT:
        return answer.fences[position]
    return None


def pack_defects(items: Mapping[str, Item], ids: Set[str]) -> Iterator[Defect]:
    """Yield what is wrong between questions: dangling ids, cycles, aliases taken twice."""
    for item in items.values():
        for follow_up in item.answer.head.follow_ups:
            if follow_up not in ids:
                found = f"follow_ups: {follow_up}, which is no question"
                near = nearest(follow_up, ids)
                yield Defect(item.answer.path, 1, found, "an id of this pack", near)
    owners: dict[str, str] = {}
    for identity, item in items.items():
        for alias in item.question.head.aliases:
            if alias in ids:
                yield Defect(
                    item.question.path, 1, f"alias {alias!r}", "a former id, not a present one"
                )
            elif alias in owners:
                found = f"alias {alias!r}, taken by {owners[alias]}"
                yield Defect(item.question.path, 1, found, "a former id of this question alone")
            owners[alias] = identity
    yield from _cycles(items)


def _cycles(items: Mapping[str, Item]) -> Iterator[Defect]:
    """An interviewer who follows up must come to an end: report each cycle once."""
    done: set[str] = set()
    for start in items:
        stack: list[tuple[str, Iterator[str]]] = [(start, _next(items, start))]
        path = [start]
        while stack and start not in done:
            node, rest = stack[-1]
            step = next(rest, None)
            if step is None:
                done.add(node)
                stack.pop()
                path.pop()
            elif step in path:
                cycle = [*path[path.index(step) :], step]
                found = f"a cycle of follow_ups: {' -> '.join(cycle)}"
                yield Defect(items[node].answer.path, 1, found, "follow_ups that lead on to an end")
            elif step not in done and step in items:
                stack.append((step, _next(items, step)))
                path.append(step)


def _next(items: Mapping[str, Item], identity: str) -> Iterator[str]:
    return iter(items[identity].answer.head.follow_ups)
