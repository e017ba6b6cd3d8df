"""What a new exercise begins as: see ``templates``."""

EXERCISE_QUESTION = """\
Write `centered`, which takes from each slice along one dimension its mean.

```python starter
import torch


def centered(x: torch.Tensor, dim: int) -> torch.Tensor:
    ...
```

So

```python
x = torch.tensor([[1.0, 3.0], [2.0, 2.0]])
print(centered(x, dim=1))
```

prints rows of `-1, 1` and `0, 0`. Your function

- gives the shape, dtype and device of `x`, for every floating dtype;
- can be differentiated, and leaves `x` as it is;
- takes any shape with one dimension or more, also sizes 0 and 1, a negative
  `dim`, and tensors that are not contiguous;
- has no Python loop over elements or slices.
"""

EXERCISE_ANSWER = """\
---
hints:  # three, each giving more
  - "A reduction over one dimension can keep it, with size 1."
  - "What is kept broadcasts against x, whatever dim is."
  - "x - x.mean(dim, keepdim=True)"
forbid: []  # operators a solution may not call, such as "aten::_softmax"
references:
  - title: "torch.mean"
    url: "https://docs.pytorch.org/docs/stable/generated/torch.mean.html"
    date: "TODAY"  # the day it was read
---
## Say it in a minute

I take the mean along the dimension with `keepdim=True`, so that it broadcasts
back against `x` for any `dim`, and subtract. That is one reduction and one
element-wise operation: O(n), and no loop.

## Two ways

Two solutions or more that go about it differently; all must be accepted.

```python solution
import torch


def centered(x: torch.Tensor, dim: int) -> torch.Tensor:
    return x - x.mean(dim, keepdim=True)
```

```python solution
import torch


def centered(x: torch.Tensor, dim: int) -> torch.Tensor:
    return x - (x.sum(dim) / x.shape[dim]).unsqueeze(dim)
```

The example of the question, to the letter:

```python
x = torch.tensor([[1.0, 3.0], [2.0, 2.0]])
print(centered(x, dim=1))
```

```output
tensor([[-1.,  1.],
        [ 0.,  0.]])
```

## What goes wrong

Five mistakes or more that candidates make; all must be rejected, and by a law.

```python wrong="one mean for the whole tensor"
import torch


def centered(x: torch.Tensor, dim: int) -> torch.Tensor:
    return x - x.mean()
```

```python wrong="always the last dimension"
import torch


def centered(x: torch.Tensor, dim: int) -> torch.Tensor:
    return x - x.mean(-1, keepdim=True)
```

```python wrong="the mean is cut off from the graph"
import torch


def centered(x: torch.Tensor, dim: int) -> torch.Tensor:
    return x - x.mean(dim, keepdim=True).detach()
```

```python wrong="subtracts in place, which changes the caller's tensor"
import torch


def centered(x: torch.Tensor, dim: int) -> torch.Tensor:
    return x.sub_(x.mean(dim, keepdim=True))
```

```python wrong="gives float32, whatever the dtype is"
import torch


def centered(x: torch.Tensor, dim: int) -> torch.Tensor:
    return x.float() - x.float().mean(dim, keepdim=True)
```

```python wrong="goes over the slices in a Python loop"
import torch


def centered(x: torch.Tensor, dim: int) -> torch.Tensor:
    if not x.numel():
        return x.clone()
    rows = x.movedim(dim, -1).reshape(-1, x.shape[dim])
    rows = torch.stack([row - row.mean() for row in rows])
    moved = x.movedim(dim, -1).shape
    return rows.reshape(moved).movedim(-1, dim)
```

## What it has to keep

The battery: a reference, what to draw, and what to differentiate. It tries
values in every dtype, gradients, layouts, devices, loops, and more.

```python property
import torch
from hypothesis import strategies as st
from verify.laws.battery import Within, function
from verify.laws.strategies import Layout, shapes, tensors


def with_dim(x):
    axes = st.sampled_from(range(-x.dim(), x.dim()))
    return st.fixed_dictionaries({"x": st.just(x), "dim": axes})


drawn = tensors(shapes(1, 3), torch.float64, 10.0, layout=Layout.CONTIGUOUS)
exercise = function(
    "centered",
    lambda x, dim: x - x.mean(dim, keepdim=True),
    drawn.flatmap(with_dim),
    differentiable=["x"],
    growing={"rows": lambda n: {"x": torch.ones(n, 3), "dim": -1}},
    within=Within(atol=1e-12),
)
```
"""
