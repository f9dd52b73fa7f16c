"""YAML and JSON text -> frozen values; what is wrong is said with file and line."""

import json
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin

import yaml
from pydantic import ValidationError

from runner.errors import BadDocument, MissingFile
from runner.frozen import Frozen

F = TypeVar("F", bound=Frozen)


class _NoTwice(yaml.CSafeLoader):
    """A loader that refuses a key given twice, which YAML forbids and PyYAML lets pass."""


def _construct_mapping(loader: _NoTwice, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[Any] = set()
    for key_node, _ in node.value:
        if key_node.tag == "tag:yaml.org,2002:merge":
            continue
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, Hashable):
            raise yaml.constructor.ConstructorError(None, None, "a key has to be a plain value", key_node.start_mark)
        if key in seen:
            raise yaml.constructor.ConstructorError(None, None, f"key {key!r} is given twice", key_node.start_mark)
        seen.add(key)
    return loader.construct_mapping(node, deep=True)


_NoTwice.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _construct_mapping)


def read(kind: type[F], path: Path) -> F:
    """Read one document.

    Raises:
        MissingFile: the file is not there or not readable.
        BadDocument: the file is not valid; the message names file, line and what is allowed.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MissingFile(f"cannot read {path}: {error}") from error
    return parse(kind, text, origin=str(path))


def parse(kind: type[F], text: str, *, origin: str) -> F:
    """Parse one document from its text; `origin` names it in messages.

    Raises:
        BadDocument: with `origin:line: where: what` for every fault found.
    """
    try:
        data = yaml.load(text, Loader=_NoTwice)  # noqa: S506  # a SafeLoader
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadDocument(f"{origin}:{line}: {error.problem}") from error
    except yaml.YAMLError as error:
        # Its reader counts characters, and names no line.
        raise BadDocument(f"{origin}:1: {' '.join(str(error).split())}") from error
    try:
        # Through JSON, because only there do strict models take a list for a tuple and a string for a date.
        return kind.model_validate_json(json.dumps(data, default=str))
    except ValidationError as error:
        tree = yaml.compose(text, Loader=yaml.CSafeLoader)
        faults = [f"{origin}:{_line_of(tree, fault['loc'])}: {_in_words(kind, fault)}" for fault in error.errors()]
        raise BadDocument("\n".join(faults)) from error


def place(path: Path, *location: str) -> str:
    """Name the place of a key as `file:line`, for faults that one document alone cannot know of."""
    tree = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return f"{path}:{_line_of(tree, location)}"


def _in_words(kind: type[Frozen], fault: Any) -> str:
    """Say where a pydantic fault is and what is wrong, as a person would."""
    where = ".".join(map(str, fault["loc"])) or "document"
    if fault["type"] == "extra_forbidden":
        model = _model_at(kind, fault["loc"][:-1])
        return f"{where}: unknown key{'; allowed here: ' + ', '.join(model.model_fields) if model else ''}"
    if fault["type"] == "missing":
        return f"{where}: is missing"
    message = str(fault["msg"]).removeprefix("Value error, ")
    given = fault.get("input")
    shown = f", not {given!r}" if isinstance(given, str | int | float | bool) else ""
    return f"{where}: {message[0].lower()}{message[1:]}{shown}"


def _model_at(kind: Any, location: Sequence[int | str]) -> type[Frozen] | None:
    """Follow a fault's location through a document's types; None where they do not tell which model it leads to."""
    if isinstance(kind, type) and issubclass(kind, Frozen):
        if not location:
            return kind
        field = kind.model_fields.get(str(location[0]))
        return _model_at(field.annotation, location[1:]) if field else None
    inner = get_args(kind)
    match get_origin(kind):
        case origin if origin in {dict, tuple}:
            return _model_at(inner[1 if origin is dict else 0], location[1:])
        case _:
            return next((found for one in inner if (found := _model_at(one, location))), None)


def _line_of(node: yaml.Node | None, location: tuple[int | str, ...]) -> int:
    """Find the line of the deepest node that a fault's location still names."""
    line = node.start_mark.line + 1 if node else 1
    for part in location:
        if isinstance(node, yaml.MappingNode):
            found = next(((k, v) for k, v in node.value if k.value == str(part)), None)
            if found is None:
                return line
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            return line
    return line
