"""The way to a GPU, as far as it can be tried without one."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import torch

from tests.engine.ledgers import make, verdict_of
from tests.packs import add, fence
from verify.bank import load_item
from verify.bank.model import Outcome
from verify.engine import ProveOptions, Prover, Surroundings
from verify.engine.launching import Launcher
from verify.engine.ledger.claims import claim_of
from verify.engine.ledger.facts import Facts
from verify.engine.ledger.surroundings import conditions
from verify.engine.worker.loading import gpu_name
from verify.engine.worker.reset import device_error
from verify.report.machine import as_json
from verify.report.terminal import answer_lines


def test_a_gpu_is_called_what_its_driver_calls_it(tmp_path: Path) -> None:
    assert gpu_name(tmp_path) == "CUDA"
    (tmp_path / "0000:19:00.0").mkdir()
    told = "Model: \t\t NVIDIA H200\nIRQ:   \t\t 17\n"
    (tmp_path / "0000:19:00.0" / "information").write_text(told)
    assert gpu_name(tmp_path) == "NVIDIA H200"


def test_an_error_that_sticks_to_the_device_gives_the_process_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def synchronize() -> None:
        raise RuntimeError("CUDA error: device-side assert triggered\nmore words")

    assert device_error() == ""
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.cuda, "synchronize", synchronize)
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    assert device_error() == (
        "the device has had an error: CUDA error: device-side assert triggered"
    )
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: None)
    assert device_error() == ""


WHERE = "import torch\nprint(device, torch.ones(2).device)"
CPU_ONLY = 'devices: [cpu]\ndevices_why: "it loads data"\n'


@pytest.mark.parametrize("launcher", list(Launcher))
@pytest.mark.asyncio
async def test_snippets_follow_the_device_and_who_cannot_says_why(
    tmp_path: Path, launcher: Launcher
) -> None:
    """On a device that holds no numbers: what follows is the default device, as on a GPU."""
    add(tmp_path, "topic/follows", fence(WHERE) + fence("meta meta", "output"))
    add(tmp_path, "topic/stays", fence(WHERE) + fence("cpu cpu", "output"), head=CPU_ONLY)
    async with Prover(ProveOptions("cpu", 1, 20.0, launcher=launcher, trust=True)) as prover:
        prover._surroundings = msgspec.structs.replace(prover.surroundings, device="meta")
        follows = await prover.prove(load_item(tmp_path, "topic/follows"))
        stays = await prover.prove(load_item(tmp_path, "topic/stays"))
    assert (follows.outcome, follows.aside) == (Outcome.PASSED, ""), follows.checks
    assert stays.outcome is Outcome.PASSED, stays.checks
    assert stays.aside == "proved on cpu, not meta: it loads data"
    assert any(stays.aside in line for line in answer_lines(stays, colour=False))
    there = Surroundings("2.13.0", "3.11.7", "meta", "fake")
    first, second = as_json([follows, stays], there, 1.0)["answers"]
    assert "aside" not in first
    assert second["aside"] == stays.aside


def test_what_was_proved_on_the_cpu_is_on_record_as_that(tmp_path: Path) -> None:
    gpu = Surroundings("2.13.0", "3.11.7", "cuda", "NVIDIA H200")
    facts = Facts(tmp_path / "facts.json")
    for head, device in ((CPU_ONLY, ("cpu", "CPU")), ("", ("cuda", "NVIDIA H200"))):
        item = make(tmp_path / "pack", head=head)
        stamp = facts.record(item, verdict_of(item), gpu, 100)
        assert (stamp.device, stamp.device_name) == device
        known = facts.reuse(claim_of(item), item.answer.path, conditions(gpu), 100)
        assert known is not None
        assert known.aside == ("proved on cpu, not cuda: it loads data" if head else "")
