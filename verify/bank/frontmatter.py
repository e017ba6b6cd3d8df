"""YAML front matter, with the line of every key and every error of a head at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml

from verify.bank.model import Defect
from verify.bank.words import listed, nearest

_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Head = TypeVar("Head", bound=msgspec.Struct)


class Front(msgspec.Struct):
    """Front matter as plain data."""

    data: dict[str, Any]
    lines: dict[str, int]
    """Line of each key in the file, from 1."""
    body: str
    body_line: int
    defects: list[Defect]


def split(text: str, path: Path) -> Front:
    """Cut a file into front matter and body."""
    front = Front(data={}, lines={}, body=text, body_line=1, defects=[])
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        front.defects.append(Defect(path, 1, "no front matter", "a first line ---"))
        return front
    end = next((n for n, line in enumerate(lines) if n and line.rstrip() == "---"), None)
    if end is None:
        front.defects.append(Defect(path, 1, "front matter that never ends", "a closing ---"))
        return front
    front.body = "\n".join(lines[end + 1 :])
    front.body_line = end + 2
    _read_yaml("\n".join(lines[1:end]), path, front)
    return front


def _read_yaml(text: str, path: Path, front: Front) -> None:
    try:
        if _has_alias(text):
            raise yaml.YAMLError  # an alias may hold itself; a pack from a stranger may try it
        node = yaml.compose(text, Loader=_Loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = 2 + (mark.line if mark else 0)
        problem = getattr(error, "problem", None) or "unreadable, or with aliases"
        found = f"front matter that is not YAML ({problem})"
        front.defects.append(Defect(path, line, found, "key: value lines; quote values with ': '"))
        return
    if node is None:
        return
    if not isinstance(node, yaml.MappingNode):
        front.defects.append(Defect(path, 2, "front matter that is no mapping", "key: value"))
        return
    for key, value in node.value:
        line = key.start_mark.line + 2
        if not isinstance(key, yaml.ScalarNode):
            front.defects.append(Defect(path, line, "a key that is no word", "key: value"))
            continue
        if key.value in front.data:
            front.defects.append(Defect(path, line, f"key {key.value!r} twice", "each key once"))
        front.data[key.value] = _plain(value)
        front.lines[key.value] = line


def _has_alias(text: str) -> bool:
    if "*" not in text:
        return False
    return any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text, Loader=_Loader))


def _plain(node: yaml.Node) -> Any:
    """Data of a node; text stays text, so that 001, yes and 2026-11-20 mean what they say."""
    if isinstance(node, yaml.MappingNode):
        return {str(_plain(key)): _plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(value) for value in node.value]
    value = str(node.value)
    if isinstance(node, yaml.ScalarNode) and not node.style and value.isdigit():
        return int(value) if value == "0" or value[0] != "0" else value
    return value


def read_head(front: Front, kind: type[Head], path: Path) -> Head | None:
    """Make a head of front matter; defects go to ``front.defects``, None if there are any."""
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    values: dict[str, Any] = {}
    for key, value in front.data.items():
        line = front.lines[key]
        if key not in fields:
            found = f"unknown key {key!r}"
            front.defects.append(Defect(path, line, found, listed(fields), nearest(key, fields)))
            continue
        try:
            if fields[key].type == tuple[str, ...] and isinstance(value, str | int):
                value = [str(value)]  # `correct: b` is the list of one
            values[key] = msgspec.convert(_texts(value, fields[key].type), fields[key].type)
        except msgspec.ValidationError as error:
            front.defects.append(_invalid(path, line, key, value, error, fields[key].type))
    for name, field in fields.items():
        missing = field.required and name not in front.data
        if missing and (front.data or not front.defects):
            front.defects.append(Defect(path, 1, f"no key {name!r}", f"{name}: ..."))
    return None if front.defects else kind(**values)


def _texts(value: Any, kind: Any) -> Any:
    """Numbers in places of text are text: a key point may be `42`."""
    if kind is str and isinstance(value, int):
        return str(value)
    if kind == tuple[str, ...] and isinstance(value, list):
        return [str(v) if isinstance(v, int) else v for v in value]
    return value


def _invalid(path: Path, line: int, key: str, value: Any, error: Exception, kind: Any) -> Defect:
    words = [str(member.value) for member in kind] if hasattr(kind, "__members__") else []
    if words:
        return Defect(path, line, f"{key}: {value}", listed(words), nearest(str(value), words))
    message, _, place = str(error).partition(" - at ")
    wanted, _, got = message.partition(", got ")
    within = place.strip("`$")
    found = f"key {key!r}{' at ' + within if within else ''}: {got or 'an invalid value'}"
    return Defect(path, line, found, wanted.removeprefix("Expected ").strip() or message)
