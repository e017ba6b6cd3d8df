"""A command is declared once; footer, help and remapping derive from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from textual.binding import Binding

FOOT_KEYS = 6

_NAMES = {
    "question_mark": "?", "escape": "esc", "pagedown": "pgdn", "pageup": "pgup", "up": "↑",
    "down": "↓", "left": "←", "right": "→", "slash": "/",
}  # fmt: skip


def command(
    identity: str,
    keys: str,
    label: str,
    tooltip: str,
    *,
    show: bool = True,
    priority: bool = False,
    action: str = "",
) -> Binding:
    """Declare a command.

    Args:
        identity: ``screen.command``; a configuration remaps its keys by it.
        keys: separated by commas, the one to show first.
        label: a word or two, for the footer.
        tooltip: a sentence, for the help.
        show: whether the footer may show it.
        priority: whether it comes before what the focused widget does with the key.
        action: what runs; the second part of ``identity`` if not given.
    """
    return Binding(
        keys, action or identity.partition(".")[2], label, show=show, priority=priority,
        tooltip=tooltip, id=identity,
    )  # fmt: skip


def key_name(key: str) -> str:
    """A key as people say it."""
    return "+".join(_NAMES.get(part, part) for part in key.split("+"))


@dataclass(frozen=True)
class Command:
    """A command as it can be used now."""

    identity: str
    keys: tuple[str, ...]
    label: str
    tooltip: str
    show: bool

    @property
    def key(self) -> str:
        """The key to press."""
        return self.keys[0]


def usable(
    bindings: Iterable[Binding], labels: Mapping[str, str], *, typing: bool
) -> list[Command]:
    """Return the commands among ``bindings``, one for each identity, in their order.

    Args:
        bindings: those in force, one for each key.
        labels: labels that differ from the declared ones at this moment, by identity.
        typing: a text field has the focus, so that plain letters are text and no command.
    """
    found: dict[str, list[Binding]] = {}
    for binding in bindings:
        if binding.id and "." in binding.id:
            found.setdefault(binding.id, []).append(binding)
    commands = []
    for identity, same in found.items():
        keys = tuple(b.key for b in same if not (typing and _typed(b.key) and not b.priority))
        if keys:
            label = labels.get(identity, same[0].description)
            commands.append(Command(identity, keys, label, same[0].tooltip, same[0].show))
    return commands


def _typed(key: str) -> bool:
    return len(key) == 1 or key in ("space", "question_mark", "slash")


def foot(commands: Iterable[Command]) -> list[Command]:
    """Choose what the footer shows: at most six, the way back and the help last."""
    shown = [each for each in commands if each.show and each.label]
    back = [each for each in shown if each.identity.endswith(".back")]
    help_ = [each for each in shown if each.identity.endswith(".help")]
    rest = [each for each in shown if each not in back and each not in help_]
    chosen = rest[: FOOT_KEYS - len(help_)]
    if len(chosen) + len(back) + len(help_) <= FOOT_KEYS:
        chosen += back
    return chosen + help_
