"""Versions and device, told without torch; the code of the verifier as a part of each fact."""

from __future__ import annotations

import importlib.metadata
import platform
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.packs import write
from verify.engine.ledger import sources, surroundings
from verify.engine.ledger.surroundings import accelerator, expected, package_version

CPU_BUILD = "__version__ = '2.13.0+cpu'\ncuda: Optional[str] = None\nhip: Optional[str] = None\n"
CUDA_BUILD = "__version__ = '2.13.0+cu128'\ncuda: Optional[str] = '12.8'\nhip = None\n"
ROCM_BUILD = "__version__ = '2.13.0+rocm6'\ncuda: Optional[str] = None\nhip = '6.3'\n"


class Machine:
    """A machine with a torch and devices of our choice."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.monkeypatch = folder, monkeypatch
        (folder / "dev").mkdir()
        monkeypatch.setattr(surroundings, "DEV", folder / "dev")
        monkeypatch.setattr(surroundings, "_folder", lambda name: folder / name)
        for name in ("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES"):
            monkeypatch.delenv(name, raising=False)

    def torch(self, version: str) -> None:
        write(self.folder, "torch/version.py", version)
        surroundings._torch_build.cache_clear()

    def node(self, name: str) -> None:
        write(self.folder, f"dev/{name}", "")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    yield Machine(tmp_path, monkeypatch)
    surroundings._torch_build.cache_clear()


def test_versions_are_those_that_the_packages_say_themselves() -> None:
    where = expected("cpu")
    assert where is not None
    assert where.torch == importlib.metadata.version("torch")
    assert where.python == platform.python_version()
    for name in ("hypothesis", "numpy"):
        assert package_version(name) == f"{name}=={importlib.metadata.version(name)}"
    assert package_version("nowhere_x") == "no nowhere_x"


def test_a_cpu_build_or_no_device_node_is_a_cpu(machine: Machine) -> None:
    machine.node("nvidia0")
    machine.torch(CPU_BUILD)
    where = expected("auto")
    assert where is not None
    assert (where.torch, where.device, where.device_name) == ("2.13.0+cpu", "cpu", "CPU")
    assert expected("cuda") is None  # the worker says why it cannot be had
    (machine.folder / "dev/nvidia0").unlink()
    machine.torch(CUDA_BUILD)
    where = expected("auto")
    assert where is not None
    assert where.device == "cpu"


@pytest.mark.parametrize(
    ("version", "node"),
    [(CUDA_BUILD, "nvidia0"), (CUDA_BUILD, "nvidiactl"), (CUDA_BUILD, "dxg"), (ROCM_BUILD, "kfd")],
)
def test_in_doubt_the_worker_is_asked(machine: Machine, version: str, node: str) -> None:
    machine.torch(version)
    machine.node(node)
    assert expected("auto") is None
    assert expected("cuda") is None
    cpu = expected("cpu")
    assert cpu is not None
    assert cpu.device == "cpu"
    known = expected("auto", "NVIDIA H200")
    assert known is not None
    assert (known.device, known.device_name) == ("cuda", "NVIDIA H200")


def test_hidden_devices_are_none_and_a_choice_of_devices_is_seen(machine: Machine) -> None:
    machine.torch(CUDA_BUILD)
    machine.node("nvidia0")
    all_of_them = accelerator()
    machine.monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert accelerator() == ""
    assert expected("auto") is not None
    machine.monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    assert accelerator() not in ("", all_of_them)


@pytest.mark.parametrize("version", ["", "garbage", "cuda = None\n"])
def test_a_torch_that_does_not_say_its_version_is_left_to_the_worker(
    machine: Machine, version: str
) -> None:
    machine.torch(version)
    assert expected("auto") is None
    assert expected("cpu") is None


def test_no_torch_at_all_is_left_to_the_worker(machine: Machine) -> None:
    surroundings._torch_build.cache_clear()
    assert expected("cpu") is None
    assert surroundings.torch_version() == ""


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the verifier's code, which the digests are taken of."""
    folder = tmp_path / "verify"
    for room in ("laws", "engine"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(sources._VERIFY / room, folder / room, ignore=ignored)
    monkeypatch.setattr(sources, "_VERIFY", folder)
    forget()
    yield folder
    forget()


def forget() -> None:
    sources.verifier_digest.cache_clear()
    sources.laws_digest.cache_clear()


def digests() -> tuple[str, str]:
    forget()
    return sources.verifier_digest(), sources.laws_digest()


@pytest.mark.parametrize(
    ("file", "old", "new", "verifier", "laws"),
    [
        ("laws/forall.py", "import", "import os\nimport", True, True),
        ("laws/forall.py", '"""', '"""Other words. ', True, False),
        ("laws/forall.py", "\nfrom", "\n# a remark\nfrom", True, False),
        ("engine/judging.py", "import", "import os\nimport", True, False),
        ("engine/compare.py", "import", "import os\nimport", True, False),
        ("engine/worker/child.py", "import", "import os\nimport", True, False),
    ],
)
def test_code_that_has_a_part_in_verdicts_is_in_the_digest(
    copy: Path, file: str, old: str, new: str, verifier: bool, laws: bool
) -> None:
    before = digests()
    path = copy / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    after = digests()
    assert (before[0] != after[0], before[1] != after[1]) == (verifier, laws)


def test_a_law_that_comes_is_in_the_digest(copy: Path) -> None:
    before = digests()
    write(copy, "laws/new_law.py", "x = 1\n")
    after = digests()
    assert before[0] != after[0]
    assert before[1] != after[1]


def test_a_string_that_is_used_is_code() -> None:
    said = sources.code_alone('def f():\n    """Doc."""\n    # why\n    return """\n  text"""\n')
    assert said == 'def f():\n    return """\n  text"""'
