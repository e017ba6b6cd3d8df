"""A small pack with a question of each kind, written by the tests."""

from __future__ import annotations

from pathlib import Path

QUESTIONS: dict[str, str] = {}
ANSWERS: dict[str, str] = {}

QUESTIONS["autograd/leaves"] = """\
---
title: "Which tensors receive .grad?"
kind: output
level: mid
minutes: 3
---
What does this program print?

```python
import torch

x = torch.ones(2, requires_grad=True)
y = x * 3
y.sum().backward()
print(x.is_leaf, y.is_leaf)
print(x.grad)
```
"""

ANSWERS["autograd/leaves"] = """\
---
key_points:
  - "leaves that require grad receive .grad"
follow_ups: ["autograd/accumulates"]
references:
  - title: "torch.Tensor.is_leaf"
    url: "https://docs.pytorch.org/docs/stable/generated/torch.Tensor.is_leaf.html"
    date: "2026-11-20"
---
## Say it in a minute

Only leaves that require grad keep a gradient. `x` is a leaf: I made it. `y` is
the result of an operation, so **autograd** passes its gradient on.

## Proof

```python
import torch

x = torch.ones(2, requires_grad=True)
y = x * 3
y.sum().backward()
print(x.is_leaf, y.is_leaf)
print(x.grad)
```
```output
True False
tensor([3., 3.])
```

An intermediate result has no gradient, and asking for it warns:

```python warns="UserWarning: not a leaf Tensor"
assert y.grad is None
```

## For every factor

```python property
from hypothesis import given, strategies as st

@given(st.integers(-8, 8))
def test_gradient_is_the_factor(k):
    a = torch.ones(2, requires_grad=True)
    (a * k).sum().backward()
    assert a.grad.tolist() == [k, k]
```
"""

QUESTIONS["autograd/accumulates"] = """\
---
title: "Why do gradients accumulate?"
kind: recall
level: junior
minutes: 2
---
Why does `backward()` add to `.grad` instead of replacing it, and what follows
for a training loop?
"""

ANSWERS["autograd/accumulates"] = """\
---
key_points:
  - "backward() **adds** to .grad"
  - "a tensor used twice needs the sum of both gradients"
  - "so a loop calls zero_grad() once a step"
---
## Say it in a minute

A tensor may be used in several places, and the total derivative is a sum.

1. Call `zero_grad()`.
2. Call `backward()`.

| call | effect |
|---|---|
| `zero_grad()` | sets `.grad` to None |
| `step()` | moves the parameters |

## Proof

```python
import torch

x = torch.ones(1, requires_grad=True)
(x * 2).backward()
(x * 2).backward()
print(x.grad)
```
```output
tensor([4.])
```
"""

QUESTIONS["tensors/copies"] = """\
---
title: "Which of these copies?"
kind: choice
level: junior
minutes: 1
---
Which call gives a tensor with memory of its own, whatever it is given?

- a) `torch.from_numpy(array)`
- b) `torch.tensor(array)`
- c) `torch.as_tensor(array)`
- d) `tensor.view(-1)`
"""

ANSWERS["tensors/copies"] = """\
---
correct: [b]
why:
  a: "It shares memory with the array."
  b: "`torch.tensor` always copies."
  c: "It copies only if it must."
  d: "A view shares storage by definition."
---
## Say it in a minute

`torch.tensor` copies, always.

```python
import torch

a = torch.zeros(2)
b = torch.tensor(a.tolist())
b[0] = 1
assert a[0] == 0
```
"""

QUESTIONS["tensors/views"] = """\
---
title: "Which of these are views?"
kind: choice
level: mid
minutes: 2
---
Which of these share storage with `x`?

- a) `x[0]`
- b) `x.clone()`
- c) `x.t()`
"""

ANSWERS["tensors/views"] = """\
---
correct: [a, c]
why:
  a: "Basic indexing is a view."
  b: "A clone has memory of its own."
  c: "A transpose only swaps strides."
---
## Say it in a minute

Basic indexing and transposition are views.

```python
import torch

x = torch.zeros(2, 2)
assert x.t().data_ptr() == x.data_ptr()
```
"""

QUESTIONS["modules/flatten"] = """\
---
title: "Flattening with view(-1, n)"
kind: bug
level: mid
minutes: 4
---
No error, but the loss has nothing to do with the labels. What is wrong here?

```python
import torch

def flat(x):
    return x.view(-1, 4)
```
"""

ANSWERS["modules/flatten"] = """\
---
key_points:
  - "-1 absorbs the batch size"
  - "torch.flatten(x, 1) keeps dimension 0"
  - "a Linear layer then refuses a wrong size"
---
## Say it in a minute

`-1` means whatever is left over.

## The bug

```python
import torch

def flat(x):
    return x.view(-1, 4)
```

## The fix

```python fix
import torch

def flat(x):
    return torch.flatten(x, 1)
```

```python
assert flat(torch.zeros(4, 2)).shape == (4, 2)
```
"""


def write_pack(root: Path) -> Path:
    """Write the pack below ``root`` and return it."""
    for folder, texts in (("questions", QUESTIONS), ("answers", ANSWERS)):
        for identity, text in texts.items():
            path = root / folder / f"{identity}.md"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    return root
