"""HTML that is built, never pasted: what is not `Markup` is text, and is escaped. What comes out is well-formed XML too."""

import html
from collections.abc import Iterable

from runner.reporting.words import say_printable

_VOID = frozenset({"br", "meta"})


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def tag(name: str, /, *content: str, **attributes: str | bool | float | None) -> Markup:
    """Build one element. `class_` stands for `class`, `aria_label` for `aria-label`; None and False leave an attribute out."""
    said = "".join(
        f' {_name(key)}="{_value(value)}"' for key, value in attributes.items() if value is not None and value is not False
    )
    if name in _VOID:
        return Markup(f"<{name}{said}/>")
    return Markup(f"<{name}{said}>{join(content)}</{name}>")


def join(content: Iterable[str], between: str = "") -> Markup:
    """Put pieces together, each escaped unless it is `Markup`."""
    return Markup(escape(between).join(escape(piece) for piece in content))


def escape(text: str) -> Markup:
    """Make text safe as content and as an attribute's value; `Markup` stays as it is."""
    return text if isinstance(text, Markup) else Markup(html.escape(say_printable(text)))


def code(text: str) -> Markup:
    """A name, a digest or a path, which may be broken anywhere."""
    return tag("code", text)


def digest(text: str) -> Markup:
    """A digest that is read by its first twelve digits, and whole for whoever copies it."""
    return tag("code", text, class_="digest")


def _name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _value(value: str | bool | float) -> str:
    return "" if value is True else escape(f"{value:g}" if isinstance(value, float) else str(value))
