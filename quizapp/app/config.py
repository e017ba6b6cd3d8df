"""What a person may change in ``config.toml``: looks, motion, keys.

look = "auto"              # auto, dark, light, contrast, or a theme of Textual
motion = "full"            # full or reduced: nothing blinks, the clock moves once a minute

[keys]                     # ids stand in the help of each screen
"question.skip" = "x,f8"   # several keys, separated by commas
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from verify.errors import UsageError

AUTO = "auto"
_MOTIONS = ("full", "reduced")


@dataclass(frozen=True)
class Config:
    """What a person has set; the defaults are those of who has set nothing."""

    look: str = AUTO
    """``auto`` or the name of a look."""
    calm: bool = False
    """True if nothing may move by itself."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Keys by the id of their command, separated by commas."""


def read_config(path: Path, looks: Collection[str]) -> Config:
    """Read the file; without one, all is as it comes.

    Args:
        path: the file.
        looks: the names that a look may have.

    Raises:
        UsageError: it is no TOML, or sets something that there is not; nothing of it is used.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return Config()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            "the configuration cannot be read", where=str(path), why=str(error)
        ) from error
    import tomllib

    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(
            "the configuration is no TOML", where=str(path), why=str(error),
            todo='lines read like: look = "dark"',
        ) from error  # fmt: skip
    return _Reader(path, text).read(found, looks)


class _Reader:
    def __init__(self, path: Path, text: str) -> None:
        self.path, self.lines = path, text.split("\n")

    def read(self, found: dict[str, Any], looks: Collection[str]) -> Config:
        self.expect("setting", found, ("look", "motion", "keys"))
        look, motion = found.get("look", AUTO), found.get("motion", _MOTIONS[0])
        self.expect("look", [look], (AUTO, *looks))
        self.expect("motion", [motion], _MOTIONS)
        keys = found.get("keys", {})
        if not isinstance(keys, dict):
            raise self.wrong("keys is no table", "keys", "write [keys], and below it one a line")
        if keys:
            self.check_keys(keys)
        return Config(look, motion == "reduced", keys)

    def check_keys(self, keys: dict[str, Any]) -> None:
        from quizapp.app.keys import clashes, known_commands, known_key

        commands = known_commands()
        self.expect("command", keys, commands)
        for identity, value in keys.items():
            names = [name.strip() for name in value.split(",")] if isinstance(value, str) else [""]
            for name in names:
                if not known_key(name):
                    raise self.wrong(
                        f"{name or value!r} is no key", identity,
                        "keys are named like x, f8, ctrl+s, space, question_mark",
                    )  # fmt: skip
        for key, one, other in clashes(keys):
            raise self.wrong(
                f"{key} would be both {one} and {other}", one if one in keys else other,
                "give one of them another key",
            )  # fmt: skip

    def expect(self, what: str, words: Collection[Any], valid: Collection[str]) -> None:
        for word in words:
            if word not in valid:
                near = difflib.get_close_matches(str(word), valid, n=1)
                hint = f"did you mean {near[0]!r}? " if near else ""
                listed = "" if len(valid) > 30 else f"there are {', '.join(sorted(valid))}"
                raise self.wrong(f"no {what} {word!r}", str(word), f"{hint}{listed}".strip())

    def wrong(self, what: str, word: str, todo: str) -> UsageError:
        line = next((n for n, line in enumerate(self.lines, 1) if word and word in line), 0)
        where = f"{self.path}:{line}" if line else str(self.path)
        return UsageError(what, where=where, todo=todo)
