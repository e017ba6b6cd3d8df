"""A pack of any size: sound questions of every kind, the same ones each time.

    python -m tests.big_pack FOLDER COUNT

Question number ``n`` does not depend on how many are written.  The prose is made of what people
say about PyTorch, so that a search finds as much, and as little, as it does in a written bank; the
programs are small, and what they print is true.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from random import Random

from tests.big_pack_words import (
    CLASSES,
    LINKS,
    NOUNS,
    PARTS,
    SENTENCES,
    TAGS,
    TERMS,
    TITLES,
    TOPICS,
    VERBS,
)

LEVELS = ("junior", "mid", "senior")
KINDS = ("recall", "choice", "output", "bug", "recall", "choice", "output", "bug", "output", "code")
"""Of ten questions in a row."""


def write_big_pack(root: Path, count: int) -> Path:
    """Write so many questions with their answers below ``root``, and return it."""
    for topic in TOPICS:
        for folder in ("questions", "answers"):
            (root / folder / topic).mkdir(parents=True, exist_ok=True)
    for number in range(count):
        identity, asked, told = question(number)
        (root / f"questions/{identity}.md").write_text(asked, "utf-8")
        (root / f"answers/{identity}.md").write_text(told, "utf-8")
    return root


def identity_of(number: int) -> str:
    """The id of question ``number``."""
    chance = Random(number)
    topic = TOPICS[number % len(TOPICS)]
    words = chance.choice(TERMS).lower().translate(_HYPHENS).strip("-").replace("--", "-")
    return f"{topic}/{words}-{number:05}"


_HYPHENS = {ord(sign): "-" for sign in "._ "}


def question(number: int) -> tuple[str, str, str]:
    """The id of a question, its file and the file of its answer."""
    chance = Random(number)
    term = chance.choice(TERMS)
    kind = KINDS[(number + number // len(KINDS)) % len(KINDS)]
    prompt, head, body = _MAKE[kind](number, term, chance)
    tags = ", ".join(chance.sample(TAGS, 3))
    asked = [
        f'title: "{_title(term, chance)}"',
        f"kind: {kind}",
        f"level: {LEVELS[chance.randrange(3)]}",
        f"minutes: {chance.randrange(1, 8) * (3 if kind == 'code' else 1)}",
        f"tags: [{tags}]",
    ]
    if number % 40 == 7:
        asked.append(f'aliases: ["former/{term.lower().translate(_HYPHENS)}-{number:05}"]')
    if number > len(TOPICS) and number % 3 == 0:
        head.append(f"follow_ups: [{identity_of(chance.randrange(number // 2))}]")
    return identity_of(number), _file(asked, prompt), _file(head, body)


def _file(head: list[str], body: str) -> str:
    return "---\n" + "\n".join(head) + f"\n---\n{body}"


def _title(term: str, chance: Random) -> str:
    return chance.choice(TITLES).format(term=term, other=chance.choice(TERMS), noun=_noun(chance))


def _noun(chance: Random) -> str:
    return chance.choice(NOUNS)


def _name(chance: Random) -> str:
    """A name such as code is full of."""
    match chance.randrange(4):
        case 0:
            return f"{chance.choice(VERBS)}_{chance.choice(PARTS)}"
        case 1:
            return f"{chance.choice(CLASSES)}{chance.choice(CLASSES)}"
        case 2:
            return f"{chance.choice(PARTS)}_{chance.choice(PARTS)}_{chance.randrange(64)}"
        case _:
            return f"layers.{chance.randrange(96)}.{chance.choice(PARTS)}"


def _prose(term: str, chance: Random, sentences: int) -> str:
    """A paragraph about a term, in lines of at most 79 characters."""
    said = []
    for place in range(sentences):
        text = chance.choice(SENTENCES).format(
            term=term if place % 3 == 0 else chance.choice(TERMS),
            other=chance.choice(TERMS),
            name=_name(chance),
            noun=_noun(chance),
            verb=chance.choice(VERBS),
            number=chance.randrange(2, 4096),
        )
        said.append(text if place == 0 or chance.random() < 0.6 else _linked(text, chance))
    lines, line = [], ""
    for word in " ".join(said).split():
        if len(line) + len(word) >= 79:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return "\n".join([*lines, line])


def _linked(text: str, chance: Random) -> str:
    first = text[0].lower() if text[1:2].islower() else text[0]
    return f"{chance.choice(LINKS)} {first}{text[1:]}"


def _points(term: str, chance: Random) -> str:
    said = [_prose(term, chance, 1).replace("\n", " ") for _ in range(3)]
    return "key_points:\n" + "\n".join(f'  - "{each}"' for each in said)


def _answer(term: str, chance: Random, proof: str) -> str:
    return (
        f"## Say it in a minute\n\n{_prose(term, chance, 5)}\n\n{_prose(term, chance, 4)}\n\n"
        f"## Proof\n\n{proof}\n"
        f"## What goes wrong\n\n{_prose(term, chance, 5)}\n\n"
        f"## In practice\n\n{_prose(term, chance, 4)}\n\n{_prose(term, chance, 4)}\n"
    )


def _fence(code: str, info: str = "python") -> str:
    return f"```{info}\n{code}\n```\n"


Made = tuple[str, list[str], str]
"""Prompt, front matter of the answer, body of the answer."""


def _recall(number: int, term: str, chance: Random) -> Made:
    size = number % 50 + 2
    proof = _fence(
        f"import torch\n\nx = torch.arange({size})\nassert x.sum().item() == {sum(range(size))}"
    )
    prompt = f"What does `{term}` do, and when does it matter?\n{_prose(term, chance, 2)}\n"
    return prompt, [_points(term, chance)], _answer(term, chance, proof)


def _choice(number: int, term: str, chance: Random) -> Made:
    rows, columns = number % 7 + 2, number % 5 + 8
    right = chance.choice("abcd")
    shapes = [f"({columns}, {rows})", f"({rows},)", f"({rows}, {columns}, 1)"]
    options, why = [], []
    for letter in "abcd":
        shape = f"({rows}, {columns})" if letter == right else shapes.pop()
        options.append(f"- {letter}) a tensor of shape `{shape}`")
        why.append(f'  {letter}: "{_prose(term, chance, 1)}"'.replace("\n", " "))
    call = f"torch.zeros({columns}, {rows}).t()"
    prompt = f"{_prose(term, chance, 2)}\nWhat does `{call}` give?\n\n" + "\n".join(options) + "\n"
    proof = _fence(f"import torch\n\nassert {call}.shape == ({rows}, {columns})")
    head = [f"correct: [{right}]", "why:\n" + "\n".join(why)]
    return prompt, head, _answer(term, chance, proof)


def _output(number: int, term: str, chance: Random) -> Made:
    size, factor = number % 6 + 2, number % 11 + 2
    code = (
        f"import torch\n\nx = torch.arange({size}.0, requires_grad=True)\n"
        f"(x * x * {factor}).sum().backward()\nprint(x.grad.tolist())"
    )
    printed = str([2.0 * factor * each for each in range(size)])
    prompt = f"{_prose(term, chance, 1)}\nWhat does this program print?\n\n{_fence(code)}"
    proof = _fence(code) + _fence(printed, "output")
    return prompt, [_points(term, chance)], _answer(term, chance, proof)


def _bug(number: int, term: str, chance: Random) -> Made:
    size = number % 9 + 3
    wrong = f"import torch\n\ndef flat(x):\n    return x.view(-1, {size})"
    fixed = "import torch\n\ndef flat(x):\n    return torch.flatten(x, 1)"
    prompt = f"{_prose(term, chance, 2)}\nWhat is wrong here?\n\n{_fence(wrong)}"
    proof = (
        f"{_fence(wrong)}\nThe fix:\n\n{_fence(fixed, 'python fix')}\n"
        f"{_fence(f'assert flat(torch.zeros(4, {size}, 2)).shape == (4, {2 * size})')}"
    )
    return prompt, [_points(term, chance)], _answer(term, chance, proof)


def _code(number: int, term: str, chance: Random) -> Made:
    name, factor = f"times_{number:05}", 2 ** (number % 3 + 1)

    def written(body: str) -> str:
        return f"import torch\n\n\ndef {name}(x: torch.Tensor) -> torch.Tensor:\n    {body}"

    example = _fence(f"print({name}(torch.tensor([3.0])).tolist())")
    prompt = (
        f"{_prose(term, chance, 2)}\n\nWrite `{name}`, which gives {factor} times `x`.\n\n"
        f"{_fence(written('...'), 'python starter')}\n{example}"
    )
    right = [f"return x * {factor}", f"return torch.mul({factor}, x)"]
    wrong = {
        "another factor": f"return x * {factor + 1}",
        "computes in float32": f"return (x.float() * {factor}).to(x.dtype)",
        "another dtype": f"return x.double() * {factor}",
        "no gradient": f"return x.detach() * {factor}",
        "changes its input": f"return x.mul_({factor})",
    }
    law = (
        "import torch\nfrom hypothesis import strategies as st\n"
        "from verify.laws.battery import function\n"
        "from verify.laws.strategies import Layout, full_shapes_first, tensors\n\n"
        f'exercise = function(\n    "{name}",\n    lambda x: x * {factor},\n'
        "    st.fixed_dictionaries({\n"
        '        "x": tensors(full_shapes_first(0, 2), torch.float64, 10.0,\n'
        "                     layout=Layout.CONTIGUOUS)}),\n"
        '    differentiable=["x"],\n'
        '    growing={"rows": lambda n: {"x": torch.ones(n, 2)}},\n)'
    )
    proof = "\n".join(
        [
            *(_fence(written(body), "python solution") for body in right),
            example + _fence(f"[{3.0 * factor}]", "output"),
            *(_fence(written(body), f'python wrong="{why}"') for why, body in wrong.items()),
            _fence(law, "python property"),
        ]
    )
    hints = [_prose(term, chance, 1).replace("\n", " ") for _ in range(3)]
    head = ["hints:\n" + "\n".join(f'  - "{hint}"' for hint in hints)]
    return prompt, head, _answer(term, chance, proof)


_MAKE: dict[str, Callable[[int, str, Random], Made]] = {
    "recall": _recall, "choice": _choice, "output": _output, "bug": _bug, "code": _code,
}  # fmt: skip


if __name__ == "__main__":
    write_big_pack(Path(sys.argv[1]), int(sys.argv[2]))
