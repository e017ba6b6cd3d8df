"""What a new question begins as: a small question of its kind that is sound and proved.

Each passes ``torchdrill lint`` and ``torchdrill verify`` as it stands, so that an author changes
something that holds, and hears at once of what does not any more.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from quizapp.cli.exercise_template import EXERCISE_ANSWER, EXERCISE_QUESTION
from verify.bank.model import Kind


class Written(NamedTuple):
    """The two files of a question."""

    question: str
    answer: str


def template(kind: Kind, title: str, today: date) -> Written:
    """A question of a kind with its answer.

    Args:
        kind: how it is asked.
        title: of the question.
        today: when its reference was read.
    """
    question, answer = _TEMPLATES[kind]
    head = _HEAD.replace("TITLE", title.replace('"', "'")).replace("KIND", kind.value)
    return Written(
        head.replace("MINUTES", _MINUTES[kind]) + question,
        answer.replace("TODAY", today.isoformat()),
    )


_MINUTES = {Kind.RECALL: "3", Kind.CHOICE: "2", Kind.OUTPUT: "3", Kind.BUG: "5", Kind.CODE: "15"}

_HEAD = """\
---
title: "TITLE"
kind: KIND
level: mid  # junior, mid or senior: whom an interviewer would ask
minutes: MINUTES
tags: [example]
---
"""

_RECALL_QUESTION = """\
What happens to `.grad` when `backward()` is called a second time?
"""

_RECALL_ANSWER = """\
---
key_points:  # three to six: what an interviewer ticks, the decisive point first
  - "backward() adds to .grad, it does not replace it"
  - "nothing clears it but zero_grad(), or setting it to None"
  - "so gradients can be accumulated over several batches on purpose"
follow_ups: []  # ids of questions that an interviewer would go on to
references:
  - title: "torch.Tensor.backward"
    url: "https://docs.pytorch.org/docs/stable/generated/torch.Tensor.backward.html"
    date: "TODAY"  # the day it was read
---
## Say it in a minute

The second gradient is added to the first. `backward()` accumulates into the
`.grad` of every leaf, because a leaf may be used more than once. Whoever wants
the gradient of the second pass alone clears it first, which is what
`zero_grad()` is for.

## Proof

```python
import torch

x = torch.tensor(2.0, requires_grad=True)
(3 * x).backward()
(3 * x).backward()
print(x.grad)
```
```output
tensor(6.)
```

It holds for every tensor, which a law says:

```python property
from verify import laws

test_backward_adds = laws.grad_accumulates()
```
"""

_CHOICE_QUESTION = """\
`y = x.detach()`. Then `y` is written to in place. What becomes of `x`?

- a) Nothing: `detach()` copies
- b) It has the new values too
- c) The write raises an error
"""

_CHOICE_ANSWER = """\
---
correct: [b]  # one letter, or several
why:  # a reason for each option, right or wrong
  a: "detach() leaves the graph, not the memory; a copy takes clone()."
  b: "Both are views of one memory."
  c: "Nothing forbids it. If backward needs the old values, that is where it raises."
references:
  - title: "torch.Tensor.detach"
    url: "https://docs.pytorch.org/docs/stable/generated/torch.Tensor.detach.html"
    date: "TODAY"  # the day it was read
---
## Say it in a minute

`detach()` gives a tensor over the same memory that is not part of the graph.
So a write through one is seen through the other.

## Proof

```python
import torch

x = torch.zeros(2, requires_grad=True)
y = x.detach()
y.add_(1)
assert x.tolist() == [1.0, 1.0]
assert y.data_ptr() == x.data_ptr()
```
"""

_PROGRAM = """\
```python
import torch

x = torch.arange(6).reshape(2, 3)
y = x.t()
y[0, 1] = 9
print(x[1, 0].item(), y.is_contiguous())
```
"""

_OUTPUT_QUESTION = f"""\
What does this print?

{_PROGRAM}"""

_OUTPUT_ANSWER = f"""\
---
key_points:
  - "t() is a view: it shares the memory of x"
  - "so the write to y[0, 1] is a write to x[1, 0]"
  - "the strides are swapped, and y is not contiguous"
---
## Say it in a minute

`t()` copies nothing. It gives the same memory with its strides swapped, so
`y[0, 1]` is `x[1, 0]`, and the write is seen there. Going through `y` row by
row now jumps in memory: it is not contiguous.

## Proof

The program of the question, to the letter, and what it prints:

{_PROGRAM}```output
9 False
```
"""

_BUG = """\
```python
import torch

def row_means(x):
    return x.sum(dim=1) / x.shape[0]

print(row_means(torch.ones(3, 3)))
```
"""

_BUG_QUESTION = f"""\
`row_means` is to give the mean of each row. The example prints ones, as it
should. What is wrong?

{_BUG}"""

_BUG_ANSWER = f"""\
---
key_points:  # three to six, the decisive point first
  - "it divides by the number of rows; each row has shape[1] elements"
  - "the example is square, so the two numbers are the same"
  - "x.mean(dim=1) says what is meant"
hints:  # three, each giving more; or none
  - "Try it on a tensor that is not square."
  - "How many numbers does each sum add up?"
  - "Not shape[0]."
---
## Say it in a minute

The sum over `dim=1` has `shape[1]` terms, and it is divided by `shape[0]`. On
a square example these are the same number, so the test cannot tell.

## The bug, run

The program of the question, to the letter:

{_BUG}
## The fix

```python fix
import torch

def row_means(x):
    return x.mean(dim=1)
```

What follows is run with the fix, which it must accept, and with the bug, which
it must refuse:

```python
assert row_means(torch.ones(2, 3)).tolist() == [1.0, 1.0]
```
```python property
from hypothesis import given
from verify import laws

@given(x=laws.tensors(shape=(2, 5)))
def test_means_lie_between_the_extremes(x):
    means = row_means(x)
    assert (means >= x.amin(1) - 1e-4 - 1e-4 * x.abs().amax()).all()
    assert (means <= x.amax(1) + 1e-4 + 1e-4 * x.abs().amax()).all()
```
"""

_TEMPLATES = {
    Kind.RECALL: (_RECALL_QUESTION, _RECALL_ANSWER),
    Kind.CHOICE: (_CHOICE_QUESTION, _CHOICE_ANSWER),
    Kind.OUTPUT: (_OUTPUT_QUESTION, _OUTPUT_ANSWER),
    Kind.BUG: (_BUG_QUESTION, _BUG_ANSWER),
    Kind.CODE: (EXERCISE_QUESTION, EXERCISE_ANSWER),
}
