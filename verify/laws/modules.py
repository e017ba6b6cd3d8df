"""Layers and modules: what they compute, how large it is, and what evaluation mode promises."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable

import torch
import torch.nn.functional as F  # noqa: N812  (the name everyone uses)
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from torch import Tensor, nn

from verify.laws.checks import close, require, same
from verify.laws.forall import for_all
from verify.laws.registry import Test, law
from verify.laws.strategies import seeds, shapes, tensors
from verify.laws.subjects import ModuleSource, fresh, small_network


@law(
    family="modules",
    source="https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html",
    tolerance="rtol 1e-10, atol 1e-10 in float64",
    seeds=("P16",),
)
def linear_formula(*, layer: Callable[[int, int], nn.Module] = nn.Linear) -> Test:
    """Linear(i, o) has i * o + o parameters and computes x @ W.T + b on the last axis of x.

    It equals ``F.linear``; all axes but the last are kept, of size 0 too.
    """
    side = st.integers(1, 4)

    @for_all(i=side, o=side, lead=shapes(max_dims=2, max_side=3), seed=seeds())
    def test(i: int, o: int, lead: tuple[int, ...]) -> None:
        linear = layer(i, o).double()
        parameters = dict(linear.named_parameters())
        count = sum(parameter.numel() for parameter in parameters.values())
        same(count, i * o + o, f"the number of parameters of layer({i}, {o})")
        require(
            {"weight", "bias"} <= set(parameters),
            f"the parameters are called {sorted(parameters)}, expected weight and bias",
        )
        weight, bias = parameters["weight"], parameters["bias"]
        same(tuple(weight.shape), (o, i), "the shape of the weight")
        x = torch.randn(*lead, i, dtype=torch.float64)
        got = linear(x)
        close(got, x @ weight.T + bias, "layer(x) against x @ W.T + b", rtol=1e-10, atol=1e-10)
        close(got, F.linear(x, weight, bias), "layer(x) against F.linear", rtol=1e-10, atol=1e-10)

    return test


@law(
    family="modules",
    source="https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm2d.html",
    tolerance="float32 on the CPU rtol 1e-4, atol 1e-5; elsewhere rtol 1e-2, atol 5e-3",
    seeds=("P17",),
)
def batch_independence(
    *, module: ModuleSource = small_network, sample_shape: tuple[int, ...] = (3, 8, 8)
) -> Test:
    """In evaluation mode each row of the output depends on its own sample alone.

    A batch gives what its samples give one by one: close, not equal, for sums are taken in
    another order.
    """

    @functools.cache
    def network() -> nn.Module:
        return fresh(module).eval()

    @for_all(samples=st.integers(1, 4), seed=seeds())
    def test(samples: int) -> None:
        model = network()
        state = next(itertools.chain(model.parameters(), model.buffers()), torch.empty(0))
        x = torch.randn(samples, *sample_shape, device=state.device)
        # An accelerator may round what it multiplies to 10 bits (TF32).
        rtol, atol = (1e-4, 1e-5) if x.device.type == "cpu" else (1e-2, 5e-3)
        with torch.no_grad():
            together = model(x)
            same(together.shape[0], samples, f"the number of rows for {samples} samples")
            for row in range(samples):
                alone = model(x[row : row + 1])
                what = f"row {row} of {samples}"
                close(together[row : row + 1], alone, what, rtol=rtol, atol=atol)

    return test


def conv_size(size: int, kernel: int, stride: int, padding: int) -> int:
    """The output size of a convolution or pooling along one axis, without dilation."""
    return (size + 2 * padding - kernel) // stride + 1


@law(
    family="modules",
    source="https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html",
    tolerance="exact",
    seeds=("P18",),
)
def conv_output_size(
    *,
    conv: Callable[..., nn.Module] = nn.Conv2d,
    size: Callable[[int, int, int, int], int] = conv_size,
) -> Test:
    """A convolution of size h gives floor((h + 2p - k) / s) + 1, along each axis of its own.

    ``size(h, k, s, p)`` is compared with the formula and ``conv`` with it too.
    """
    sides = st.integers(1, 12)

    @for_all(h=sides, w=sides, k=st.integers(1, 5), s=st.integers(1, 4), p=st.integers(0, 3))
    def test(h: int, w: int, k: int, s: int, p: int) -> None:
        # A kernel larger than the padded image is an error, so the image grows to fit it.
        h, w = max(h, k - 2 * p), max(w, k - 2 * p)
        expected = tuple(math.floor((side + 2 * p - k) / s) + 1 for side in (h, w))
        same(int(size(h, k, s, p)), expected[0], f"size({h}, {k}, {s}, {p})")
        layer = conv(1, 2, kernel_size=k, stride=s, padding=p)
        with torch.no_grad():
            got = tuple(layer(torch.zeros(1, 1, h, w)).shape[-2:])
        same(got, expected, f"the output size for an image of {h} x {w}")

    return test


@st.composite
def _cut_batches(draw: DrawFn) -> tuple[tuple[int, ...], int]:
    """The shape of a batch of images, and a width that rows of all its elements can have."""
    shape = (draw(st.integers(1, 4)), *(draw(st.integers(1, top)) for top in (3, 4, 4)))
    total = math.prod(shape)
    return shape, draw(st.sampled_from([n for n in range(1, total + 1) if total % n == 0]))


def flatten_samples(x: Tensor) -> Tensor:
    """One row a sample."""
    return torch.flatten(x, 1)


def view_as_rows(x: Tensor, width: int) -> Tensor:
    """Rows of ``width`` elements, however many there come of it."""
    return x.view(-1, width)


@law(
    family="modules",
    source="https://docs.pytorch.org/docs/stable/generated/torch.flatten.html",
    tolerance="exact",
    seeds=("P19",),
)
def view_merges_rows(
    *,
    flatten: Callable[[Tensor], Tensor] = flatten_samples,
    view: Callable[[Tensor, int], Tensor] = view_as_rows,
) -> Test:
    """flatten(x, 1) keeps one row a sample; view(-1, n) cuts rows of n with no regard to samples.

    Where n is not the number of elements of a sample, the view merges or splits samples and says
    nothing, so the batch comes out with another number of rows.
    """

    @for_all(shape_and_n=_cut_batches())
    def test(shape_and_n: tuple[tuple[int, ...], int]) -> None:
        shape, width = shape_and_n
        samples, features = shape[0], math.prod(shape[1:])
        x = torch.arange(math.prod(shape)).reshape(shape)
        rows = flatten(x)
        expected = torch.stack([sample.reshape(-1) for sample in x])
        same(rows, expected, f"flatten(x) of {samples} samples of {features} elements")
        if width != features:
            merged = view(x, width)
            same(tuple(merged.shape), (x.numel() // width, width), f"the shape of view(x, {width})")
            require(merged.shape[0] != samples, "view kept one row a sample")

    return test


@law(
    family="modules",
    source="https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout.html",
    tolerance="evaluation exact; training rtol 1e-5 in float32",
    seeds=("P26",),
)
def dropout_modes(*, dropout: Callable[[float], nn.Module] = nn.Dropout) -> Test:
    """Dropout changes nothing in evaluation; in training each element is 0 or x / (1 - p).

    With p = 0 none is dropped, with p = 1 all are; between, among 256 elements some are and some
    are not.
    """
    rates = st.sampled_from([0.5, 0.25, 0.75, 0.0, 1.0])

    @for_all(x=tensors(shapes(1, 2, min_side=1), bound=100.0), p=rates, seed=seeds())
    def test(x: Tensor, p: float) -> None:
        layer = dropout(p)
        same(layer.eval()(x), x, "dropout(x) in evaluation")
        many = x.reshape(-1)[0] + 200 + torch.zeros(256, dtype=x.dtype)
        layer.train()
        for batch in (x, many):
            got = layer(batch)
            kept = got != 0
            scaled = batch / (1 - p) if p < 1 else torch.zeros_like(batch)
            close(got, torch.where(kept, scaled, 0.0), "what is kept", rtol=1e-5, atol=0.0)
        dropped = int((layer(many) == 0).sum())
        fits = dropped == round(256 * p) if p in (0.0, 1.0) else 0 < dropped < 256
        require(fits, f"{dropped} of 256 elements are dropped")

    return test
