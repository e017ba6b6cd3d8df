"""Losses: what cross-entropy is equal to, and what mean squared error quietly broadcasts."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable

import torch
import torch.nn.functional as F  # noqa: N812  (the name everyone uses)
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from torch import Tensor

from verify.laws.checks import close, require
from verify.laws.forall import for_all
from verify.laws.registry import Test, law
from verify.laws.strategies import tensors

Loss = Callable[[Tensor, Tensor], Tensor]


@st.composite
def _labelled_logits(draw: DrawFn) -> tuple[Tensor, Tensor]:
    """Logits of 1 to 4 samples and 2 to 5 classes, up to a thousand, and a class for each."""
    samples, classes = draw(st.integers(1, 4)), draw(st.integers(2, 5))
    bound = draw(st.sampled_from([10.0, 1000.0]))
    logits = draw(tensors((samples, classes), torch.float64, bound))
    label = st.integers(0, classes - 1)
    return logits, torch.tensor(draw(st.lists(label, min_size=samples, max_size=samples)))


@law(
    family="losses",
    source="https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html",
    tolerance="rtol 1e-10, atol 1e-10 in float64",
    seeds=("P22",),
)
def cross_entropy_identities(
    *, cross_entropy: Loss = F.cross_entropy, class_probabilities: bool = True
) -> Test:
    """Cross-entropy takes logits: it is the mean negative log-softmax of the right class.

    So it does not change when a constant is added to a row, an index target equals its one-hot
    row, equal logits give log C, and logits of a thousand give a finite loss.  Softmax in front
    of it cannot bring the loss below log(e + C - 1) - 1, however sure the model is.
    Set ``class_probabilities=False`` for a subject that takes class indices only.
    """

    @for_all(logits_and_labels=_labelled_logits(), shift=st.integers(-20, 20))
    def test(logits_and_labels: tuple[Tensor, Tensor], shift: int) -> None:
        logits, labels = logits_and_labels
        classes = logits.shape[1]

        def equal(got: Tensor, expected: Tensor, what: str) -> None:
            close(got, expected, what, rtol=1e-10, atol=1e-10)

        loss = cross_entropy(logits, labels)
        picked = torch.log_softmax(logits, dim=1).gather(1, labels[:, None])
        equal(loss, -picked.mean(), "the loss")
        require(bool(loss.isfinite()), lambda: f"the loss is {loss.item()}")
        equal(cross_entropy(logits + shift, labels), loss, f"the loss of the logits {shift:+}")
        if class_probabilities:
            one_hot = F.one_hot(labels, classes).to(logits.dtype)
            equal(cross_entropy(logits, one_hot), loss, "the loss of one-hot targets")
        level = logits[:, :1].expand_as(logits)
        uniform = cross_entropy(level, labels)
        equal(uniform, torch.full_like(uniform, math.log(classes)), "the loss of equal logits")
        twice = cross_entropy(torch.softmax(logits, dim=1), labels)
        floor = math.log(math.e + classes - 1) - 1
        require(
            twice.item() >= floor - 1e-10,
            lambda: f"softmax first gives {twice.item()}, below log(e + C - 1) - 1 = {floor}",
        )

    return test


@st.composite
def _predictions(draw: DrawFn) -> tuple[Tensor, Tensor]:
    """Predictions of shape (n, 1) and targets of shape (n,), n from 2."""
    n = draw(st.integers(2, 6))
    return draw(tensors((n, 1), torch.float64)), draw(tensors((n,), torch.float64))


@law(
    family="losses",
    source="https://docs.pytorch.org/docs/stable/notes/broadcasting.html",
    tolerance="rtol 1e-12, atol 1e-12 in float64",
    seeds=("P32",),
)
def mse_broadcast_trap(*, mse: Loss = F.mse_loss) -> Test:
    """mse_loss of (n, 1) and (n,) broadcasts: it averages n * n terms, and warns.

    Every prediction is compared with every target, not each with its own.  The page of MSELoss
    asks for one shape and says nothing of the rest; the warning is pytorch pull request 18349.
    """

    @for_all(prediction_and_target=_predictions())
    def test(prediction_and_target: tuple[Tensor, Tensor]) -> None:
        prediction, target = prediction_and_target
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            loss = mse(prediction, target)
        expected = (prediction.reshape(-1, 1) - target.reshape(1, -1)).square().mean()
        close(loss, expected, "the loss", rtol=1e-12, atol=1e-12)
        kinds = [entry.category.__name__ for entry in caught]
        require(
            any(issubclass(entry.category, UserWarning) for entry in caught),
            f"no UserWarning of the different sizes came, only {kinds}",
        )

    return test


def paired_mse(prediction: Tensor, target: Tensor) -> Tensor:
    """Mean squared error of predictions (n, 1) and targets (n,) or (n, 1), each with its own."""
    return F.mse_loss(prediction, target.reshape(prediction.shape))


@law(
    family="losses",
    source="https://docs.pytorch.org/docs/stable/generated/torch.nn.MSELoss.html",
    tolerance="rtol 1e-12, atol 1e-12 in float64",
)
def mse_pairs_rows(*, mse: Loss = paired_mse) -> Test:
    """A sound squared error pairs each prediction with its own target, for (n,) as for (n, 1)."""

    @for_all(prediction_and_target=_predictions())
    def test(prediction_and_target: tuple[Tensor, Tensor]) -> None:
        prediction, target = prediction_and_target
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            flat, column = mse(prediction, target), mse(prediction, target[:, None])
        expected = (prediction[:, 0] - target).square().mean()
        close(column, expected, "the loss of targets (n, 1)", rtol=1e-12, atol=1e-12)
        close(flat, expected, "the loss of targets (n,)", rtol=1e-12, atol=1e-12)

    return test
