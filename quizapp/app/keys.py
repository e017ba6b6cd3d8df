"""All commands of the app with their keys: what a configuration may change, and what would clash.

Imports every screen, so it is imported only if a configuration changes keys, or to list them.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import KEY_NAME_REPLACEMENTS, Keys

import quizapp.app
from quizapp.app.commands import Command, usable

_ROOMS = ("screens", "widgets", "kinds")
_MODIFIERS = ("ctrl", "alt", "shift", "super")


@cache
def declared() -> dict[str, list[Binding]]:
    """The bindings that each class with commands declares, by the name of the class."""
    found: dict[str, list[Binding]] = {}
    rooms = [Path(folder, room) for folder in quizapp.app.__path__ for room in _ROOMS]
    names = [f"quizapp.app.{room.name}.{each.name}" for room in rooms
             for each in pkgutil.iter_modules([str(room)])]  # fmt: skip
    for module in ("quizapp.app.app", *names):
        for name, each in inspect.getmembers(importlib.import_module(module), inspect.isclass):
            if issubclass(each, DOMNode) and each.__module__ == module:
                own = [b for b in each.__dict__.get("BINDINGS", ()) if isinstance(b, Binding)]
                if any("." in (binding.id or "") for binding in own):
                    found[f"{module}:{name}"] = own
    return found


@cache
def known_commands() -> dict[str, Command]:
    """The commands whose keys can be changed, by id."""
    found: dict[str, Command] = {}
    for bindings in declared().values():
        for each in usable(_one_a_key(bindings), {}, typing=False):
            parameters = {b.action for b in bindings if b.id == each.identity}
            if len(parameters) == 1:  # one id for nine digits means nine keys
                found[each.identity] = each
    return found


def known_key(name: str) -> bool:
    """True if a key can be pressed that is called so."""
    *modifiers, key = name.split("+")
    if any(each not in _MODIFIERS for each in modifiers):
        return False
    if len(key) == 1:
        return key.isprintable() and key != " "
    names = {each.value for each in Keys} | {*KEY_NAME_REPLACEMENTS.values()}
    try:
        return key in names or name in names or bool(unicodedata.lookup(key.replace("_", " ")))
    except KeyError:
        return False


def clashes(keys: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Keys that a change would give to two commands of one place: the key and the two ids."""
    everywhere = [
        binding
        for name, bindings in declared().items()
        if name.endswith((":TorchdrillApp", ":Page"))
        for binding in bindings
    ]
    for bindings in declared().values():
        of: dict[str, str] = {}
        ids = {binding.id for binding in bindings}
        shared = [binding for binding in everywhere if binding.id not in ids]
        for binding in _one_a_key([*bindings, *shared], keys):
            other = of.setdefault(binding.key, str(binding.id))
            if other != binding.id and (other in keys or binding.id in keys):
                yield binding.key, other, str(binding.id)


def _one_a_key(bindings: list[Binding], keys: Mapping[str, str] | None = None) -> list[Binding]:
    changed = [b.with_key((keys or {}).get(b.id or "", b.key)) for b in bindings]
    return [*Binding.make_bindings(changed)]
