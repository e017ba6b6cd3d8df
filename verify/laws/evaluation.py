"""Predictions: the class with the largest logit, and no graph behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import torch
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from torch import Tensor, nn

from verify.laws.checks import require, same
from verify.laws.forall import for_all
from verify.laws.registry import Test, law
from verify.laws.strategies import Layout, laid_out, layouts, seeds


@st.composite
def _distinct_logits(draw: DrawFn) -> Tensor:
    """Rows of logits without ties, half apart: a tie may go to either of its classes."""
    samples, classes = draw(st.integers(1, 4)), draw(st.integers(1, 5))
    shift = draw(st.integers(-20, 20))
    order = st.permutations(range(classes))
    rows = [[shift + place / 2 for place in draw(order)] for _ in range(samples)]
    layout = draw(layouts().filter(lambda one: one is not Layout.EXPANDED))
    return laid_out(torch.tensor(rows, dtype=torch.float64), layout)


def argmax_of_row(logits: Tensor) -> Tensor:
    """The index of the largest logit of each row."""
    return logits.argmax(dim=1)


@law(
    family="evaluation",
    source="https://docs.pytorch.org/docs/stable/generated/torch.argmax.html",
    tolerance="exact, for logits without ties",
    seeds=("P28",),
)
def argmax_predictions(*, predict: Callable[[Tensor], Tensor] = argmax_of_row) -> Test:
    """The predicted class of a row is max(z, 1).indices, which is its argmax, softmax or not.

    Softmax keeps the order of the logits, so predictions need none.
    """

    @for_all(logits=_distinct_logits())
    def test(logits: Tensor) -> None:
        expected = torch.max(logits, 1).indices
        same(predict(logits), expected, "the prediction")
        same(predict(torch.softmax(logits, dim=1)), expected, "the prediction after softmax")

    return test


def predict_without_grad(model: nn.Module, x: Tensor) -> Tensor:
    """The model's output, with no graph recorded."""
    with torch.no_grad():
        output: Tensor = model(x)
        return output


def _tensors_in(value: object) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _tensors_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _tensors_in(item)


@law(
    family="evaluation",
    source="https://docs.pytorch.org/docs/stable/generated/torch.no_grad.html",
    tolerance="exact",
    seeds=("P29",),
)
def no_grad_output(
    *, predict: Callable[[nn.Module, Tensor], object] = predict_without_grad
) -> Test:
    """What is computed under no_grad does not require grad, and grad mode is put back after it.

    The parameters still require grad, and have no ``.grad``.
    """

    @for_all(samples=st.integers(1, 4), input_requires_grad=st.booleans(), seed=seeds())
    def test(samples: int, input_requires_grad: bool) -> None:
        model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
        x = torch.randn(samples, 3, requires_grad=input_requires_grad)
        with torch.enable_grad():
            results = list(_tensors_in(predict(model, x)))
            require(torch.is_grad_enabled(), "gradients stay switched off after the prediction")
        for result in results:
            require(not result.requires_grad, "the prediction requires grad")
            require(result.grad_fn is None, "the prediction has a graph behind it")
        for name, parameter in model.named_parameters():
            require(parameter.requires_grad, f"{name} no longer requires grad")
            require(parameter.grad is None, f"{name} has a gradient")

    return test
