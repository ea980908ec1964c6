"""Render the worklist and the patient's page from templates as self-contained HTML.

Decision
--------
A page contains one style sheet and at most one script, both from this package, and its content security policy names
them by their SHA-256. So neither a text from the data nor an extension of the page can add a style, a script, a picture
or a connection, and the page works from a folder without a network. Every text is escaped. Each template is compiled
once in a process, because there may be hundreds of practices.
"""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

SHARED_STYLE = "meeting.css"


def render(name: str, **said: Any) -> str:
    """Render ``<name>.html`` with ``<name>.css`` and, if there is one, ``<name>.js``, as one HTML document.

    Texts may contain anything, because they are escaped.
    """
    return _template(name).render(said)


@cache
def _template(name: str) -> Template:
    world = Environment(
        loader=PackageLoader("riskstrat", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = _source(world, SHARED_STYLE) + _source(world, f"{name}.css")
    script = _source(world, f"{name}.js")
    own = {"style": Markup(style), "script": Markup(script), "policy": Markup(policy(style, script))}  # noqa: S704
    return world.get_template(f"{name}.html", globals=own)


def _source(world: Environment, file: str) -> str:
    """Read a file of the templates; empty if there is none."""
    if world.loader is None or file not in world.list_templates():
        return ""
    return world.loader.get_source(world, file)[0]


def policy(style: str, script: str) -> str:
    """Write the content security policy of a page with this style and script only.

    >>> policy("", "")
    "default-src 'none'; base-uri 'none'; form-action 'none'"
    >>> policy("p {}", "").split("; ")[1]
    "style-src 'sha256-SNJDlN1Iy2mnt7DOjQIyDb2LQE6O5PQiSZomcdzawQ4='"
    """
    sources = {"style-src": style, "script-src": script}
    allowed = [f"{kind} 'sha256-{_digest(text)}'" for kind, text in sources.items() if text]
    return "; ".join(["default-src 'none'", *allowed, "base-uri 'none'", "form-action 'none'"])


def _digest(text: str) -> str:
    return b64encode(sha256(text.encode()).digest()).decode()
