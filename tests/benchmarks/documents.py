"""Markdown documents of one snippet each, for timing verifiers against each other.

Every snippet imports torch, does something an answer would do, and asserts what it claims, so
that tools which cannot compare output do the same work.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from verify import locations
from verify.bank import load_pack
from verify.engine.plan import plan
from verify.engine.trial import Step

_SNIPPETS = {
    "creation": "x = torch.full(({n}, 3), 2.0)\nassert x.sum().item() == {n} * 6",
    "views": "x = torch.arange({n} * 4).reshape({n}, 4)\nassert x.t().stride() == (1, 4)",
    "broadcast": "x = torch.ones({n}, 1) + torch.ones(5)\nassert x.shape == ({n}, 5)",
    "promotion": "x = torch.ones({n}, dtype=torch.int32) * 1.5\nassert x.dtype == torch.float32",
    "matmul": "a = torch.eye({n})\nassert torch.equal(a @ a, a)",
    "backward": "x = torch.ones({n}, requires_grad=True)\n(x ** 2).sum().backward()\n"
    "assert x.grad is not None and x.grad.tolist() == [2.0] * {n}",
    "graph": "x = torch.ones({n}, requires_grad=True)\ny = (x * 3).detach()\nassert y.is_leaf",
    "linear": "layer = torch.nn.Linear({n}, 2)\nassert layer(torch.ones(4, {n})).shape == (4, 2)",
    "conv": "layer = torch.nn.Conv2d(1, {n}, 3)\n"
    "assert layer(torch.ones(1, 1, 8, 8)).shape == (1, {n}, 6, 6)",
    "norm": "layer = torch.nn.BatchNorm1d({n}).eval()\nx = torch.ones(3, {n})\n"
    "assert torch.allclose(layer(x), x, atol=1e-4)",
    "loss": "labels = torch.zeros(4).long()\n"
    "loss = torch.nn.functional.cross_entropy(torch.zeros(4, {n}), labels)\n"
    "assert abs(loss.item() - torch.log(torch.tensor(float({n}))).item()) < 1e-5",
    "sgd": "p = torch.nn.Parameter(torch.ones({n}))\nopt = torch.optim.SGD([p], lr=0.5)\n"
    "p.sum().backward()\nopt.step()\nassert p.tolist() == [0.5] * {n}",
    "adam": "p = torch.nn.Parameter(torch.ones({n}))\nopt = torch.optim.Adam([p], lr=0.1)\n"
    "p.sum().backward()\nopt.step()\nassert torch.allclose(p, torch.full(({n},), 0.9))",
    "vmap": "f = torch.func.vmap(lambda row: row.sum())\n"
    "assert f(torch.ones({n}, 3)).shape == ({n},)",
    "jacobian": "j = torch.func.jacrev(torch.sin)(torch.zeros({n}))\n"
    "assert torch.equal(j, torch.eye({n}))",
    "saving": "import io\nfile = io.BytesIO()\ntorch.save(torch.ones({n}), file)\nfile.seek(0)\n"
    "assert torch.equal(torch.load(file), torch.ones({n}))",
    "file": "torch.save({{'w': torch.zeros({n})}}, 'w.pt')\n"
    "assert torch.load('w.pt')['w'].shape == ({n},)",
    "data": "data = torch.utils.data.TensorDataset(torch.arange({n} * 2))\n"
    "loader = torch.utils.data.DataLoader(data, batch_size=2)\nassert len(list(loader)) == {n}",
    "seeds": "torch.manual_seed({n})\na = torch.rand(3)\ntorch.manual_seed({n})\n"
    "assert torch.equal(a, torch.rand(3))",
    "attention": "import torch.nn.functional as F\nq = torch.ones(1, {n}, 4)\n"
    "out = F.scaled_dot_product_attention(q, q, q, is_causal=True)\n"
    "assert torch.allclose(out, q)",
}


def write_documents(folder: Path, count: int = 60) -> list[Path]:
    """Write so many documents and give their paths; snippets differ in their sizes."""
    kinds = list(_SNIPPETS.items())
    paths = []
    for number in range(count):
        name, text = kinds[number % len(kinds)]
        code = "import torch\n\n" + text.format(n=number // len(kinds) + 2)
        paths.append(_write(folder, f"{number:04d}_{name}", code))
    return paths


def write_bank(folder: Path, examples: int) -> list[Path]:
    """Write the built-in bank as documents, an answer each, and give their paths.

    What an answer proves by its fences is one snippet here: fences that raise are caught, property
    tests are called.  What needs a package or a device is left out, and so are two answers that
    pickle what they define: where all share a process, no ``__main__`` is theirs.
    """
    paths = []
    for identity, item in load_pack(locations.built_in_pack()).items.items():
        if identity in _PICKLES:
            continue
        parts = [_HEAD.format(examples=examples)]
        for step in plan(item).proof.steps:
            if not step.needs:
                parts += _as_statements(step)
        paths.append(_write(folder, identity.replace("/", "_").replace("-", "_"), "\n".join(parts)))
    return paths


_PICKLES = ("saving/weights-only-default", "saving/whole-model-and-weights-only")

_HEAD = """\
import torch
from hypothesis import HealthCheck, settings
settings.register_profile(
    "bench", max_examples={examples}, database=None, deadline=None,
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("bench")
device = torch.device("cpu")
"""


def _as_statements(step: Step) -> Iterator[str]:
    if step.raises is None:
        yield step.code
    else:
        yield f"try:\n    exec({step.code!r})\nexcept Exception:\n    pass"
    yield from (f"{name}()" for name in step.tests)


def _write(folder: Path, name: str, code: str) -> Path:
    path = folder / f"{name}.md"
    path.write_text(f"# {name}\n\nA claim:\n\n```python\n{code}\n```\n", "utf-8")
    return path
