"""The way to a GPU, as far as it can be tried without one."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from verify.engine.worker.loading import gpu_name
from verify.engine.worker.reset import device_error


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
