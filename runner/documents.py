"""YAML and JSON text -> frozen values; what is wrong is said with file and line."""

import json
import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from importlib.resources.abc import Traversable
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

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


def read(kind: type[F], path: Path | Traversable) -> F:
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
        faults = [f"{origin}:{_line_of(tree, fault.where)}: {fault.in_words}" for fault in _faults_of(kind, error)]
        raise BadDocument("\n".join(faults)) from error


def place(path: Path, *location: str) -> str:
    """Name the place of a key as `file:line`, for faults that one document alone cannot know of."""
    tree = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return f"{path}:{_line_of(tree, location)}"


@dataclass(frozen=True)
class _Fault:
    """A fault as pydantic has it, at its place in the document. `form` is what one of several forms would have to be."""

    where: tuple[int | str, ...]
    what: str
    given: object
    form: str | None = None

    @property
    def in_words(self) -> str:
        # What is wrong with a URL may be the password in it.
        shown = _PASSWORD.sub("//***@", f", not {self.given!r}") if isinstance(self.given, str | int | float | bool) else ""
        return f"{'.'.join(map(str, self.where)) or 'document'}: {self.what}{shown}"


_PASSWORD = re.compile(r"//[^/@]*@")
_FORMS = {
    "string_type": "a string",
    "int_type": "a number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
}


def _faults_of(kind: type[Frozen], error: ValidationError) -> list[_Fault]:
    """Name the faults of a document. Of a value that may have one of several forms, those that it does not have are no news."""
    faults = [_fault_of(kind, fault) for fault in error.errors()]
    found: dict[object, _Fault] = {}
    for number, fault in enumerate(faults):
        beside = [other for other in faults if other.where[: len(fault.where)] == fault.where]
        if fault.form is None:
            found[number] = fault
        elif all(other.form and other.where == fault.where for other in beside):
            *others, last = dict.fromkeys(str(other.form) for other in beside)
            found[fault.where] = replace(fault, what=f"should be {' or '.join(filter(None, (', '.join(others), last)))}")
    return list(found.values())


def _fault_of(kind: type[Frozen], fault: Any) -> _Fault:
    """Say where a pydantic fault is and what is wrong, as a person would."""
    location = fault["loc"]
    if fault["type"] == "extra_forbidden":
        where, model = _follow(kind, location[:-1])
        allowed = f"; allowed here: {', '.join(_keys(model))}" if isinstance(model, type) and issubclass(model, Frozen) else ""
        return _Fault((*where, location[-1]), f"unknown key{allowed}", None)
    where, end = _follow(kind, location)
    if fault["type"] == "missing":
        return _Fault(where, "is missing", None)
    message = str(fault["msg"]).removeprefix("Value error, ")
    # Where the value may have several forms, its location ends with the form that was tried.
    form = _FORMS.get(fault["type"]) if end is not None and location[-1:] != where[-1:] else None
    return _Fault(where, f"{message[0].lower()}{message[1:]}", fault.get("input"), form)


def _keys(model: type[Frozen]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _follow(kind: Any, location: Sequence[int | str]) -> tuple[tuple[int | str, ...], Any]:
    """Follow a fault's location through a document's types: return the keys on its way, and the type at its end.

    Where a value may have several forms, pydantic puts the one that it tried into the location; the document has no such key.
    The type is None where the location leads to none.
    """
    inner, origin = get_args(kind), get_origin(kind)
    forms = [one for one in inner if one is not NoneType]
    if origin is Annotated or (origin in {Union, UnionType} and len(forms) == 1):
        return _follow(forms[0], location)
    if not location:
        return (), kind
    first, rest = location[0], location[1:]
    if origin in {Union, UnionType}:
        return _follow(next((one for one in forms if _is_called(one, str(first))), Any), rest)
    if rest[:1] == ("[key]",):
        return (first,), str
    within: Any = None
    if isinstance(kind, type) and issubclass(kind, Frozen):
        named = {field.alias or name: field.annotation for name, field in kind.model_fields.items()}
        within = named.get(str(first))
    elif origin in {dict, tuple}:
        within = inner[1 if origin is dict else 0]
    keys, end = _follow(within, rest) if within is not None else (tuple(rest), None)
    return (first, *keys), end


def _is_called(kind: Any, form: str) -> bool:
    """Say whether pydantic means this type by the name of a form: `str`, `tuple[str, ...]`, `function-after[_agree(), Tls]`."""
    if get_origin(kind) is Annotated:
        return _is_called(get_args(kind)[0], form)
    name = (get_origin(kind) or kind).__name__
    meant = form if form.startswith("function-") else form.partition("[")[0]
    return re.search(rf"\b{name}\b", meant) is not None


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
