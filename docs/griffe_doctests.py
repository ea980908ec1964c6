"""An extension of Griffe: doctests in running text are shown as code, wherever they stand in a docstring."""

from __future__ import annotations

import re
from typing import Any

from griffe import Extension, Object

DOCTEST = re.compile(r"^(?P<indent> *)>>> .*(?:\n(?! *$).*)*", re.M)


def fenced(text: str) -> str:
    """Put each doctest of a docstring into a fenced block."""
    return DOCTEST.sub(lambda found: f"{found['indent']}```pycon\n{found[0]}\n{found['indent']}```", text)


class Doctests(Extension):
    """Fences the doctests of every object's docstring."""

    def on_object(self, *, obj: Object, **_: Any) -> None:
        """Change the docstring of one object, before it is parsed."""
        if obj.docstring:
            obj.docstring.value = fenced(obj.docstring.value)
