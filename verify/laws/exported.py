"""Exported programs: they compute what the module they come from computes."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor, nn

from verify.laws.checks import close, require, same
from verify.laws.costly import few
from verify.laws.forall import for_all
from verify.laws.registry import Test, law
from verify.laws.strategies import seeds
from verify.laws.subjects import ModuleSource, fresh


class Perceptron(nn.Module):
    """A small network with weights and buffers."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.ReLU(), nn.Linear(3, 2))

    def forward(self, x: Tensor) -> Tensor:
        """Shape (n, 4) to (n, 2)."""
        result: Tensor = self.body(x)
        return result


def export_batch(module: nn.Module, x: Tensor) -> Any:
    """Export a module for batches of any size."""
    from torch.export import Dim, export

    return export(module, (x,), dynamic_shapes=({0: Dim("batch")},))


def save_program(program: Any, path: str) -> None:
    """Write an exported program to a file."""
    torch.export.save(program, path)


def load_program(path: str) -> Any:
    """Read an exported program from a file."""
    return torch.export.load(path)


@law(
    family="exported",
    source="https://docs.pytorch.org/docs/stable/export.html",
    tolerance="weights exact, bit for bit; results rtol 1e-6, atol 1e-6 in float32",
)
def exported_equals_eager(
    *,
    module: ModuleSource = Perceptron,
    sample_shape: tuple[int, ...] = (4,),
    export: Callable[[nn.Module, Tensor], Any] = export_batch,
    save: Callable[[Any, str], object] = save_program,
    load: Callable[[str], Any] = load_program,
) -> Test:
    """An exported program computes what its module does, for any batch size, read from a file too.

    The module is in evaluation mode.  Tried on one example where others have 20, and on three at
    least.  ``export(module, x)`` gives an ExportedProgram; ``save(program, path)`` and
    ``load(path)`` go through a file on disk.
    """
    sizes = st.integers(2, 5)

    @few()
    @for_all(traced_with=sizes, run_with=sizes, seed=seeds())
    def test(traced_with: int, run_with: int) -> None:
        model = fresh(module).eval()
        program = export(model, torch.randn(traced_with, *sample_shape))
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "program.pt2")
            save(program, path)
            require(Path(path).is_file(), "save has written no file at the path it was given")
            loaded = load(path)
        for name, made in (("the exported program", program), ("the one read back", loaded)):
            weights = {key: value.detach() for key, value in made.state_dict.items()}
            expected = {key: model.state_dict()[key] for key in weights}
            same(weights, expected, f"the state of {name}")
            run = made.module()
            for size in (traced_with, run_with):
                x = torch.randn(size, *sample_shape)
                with torch.no_grad():
                    close(run(x), model(x), f"{name} on {size} samples", rtol=1e-6, atol=1e-6)

    return test
