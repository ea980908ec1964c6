"""Write the generated pages of the manual: ``python -m docs.generate``; with ``--check`` say which are out of date."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from docs import from_program, from_source

DOCS = Path(__file__).parent
PAGES: Mapping[str, Callable[[], str]] = {
    "reference/commands.md": from_program.commands,
    "reference/study-toml.md": from_program.settings,
    "reference/formats.md": from_program.formats,
    "reference/sources.md": from_program.sources,
    "reference/tables.md": from_program.tables,
    "reference/features.md": from_program.features,
    "reference/scores.md": from_program.scores,
    "reference/variants.md": from_program.variants,
    "reference/outputs.md": from_program.outputs,
    "reference/roles.md": from_program.roles,
    "reference/list-columns.md": from_program.list_columns,
    "reference/exit-codes.md": from_program.exit_codes,
    "reference/files-on-disk.md": from_program.files_on_disk,
    "reference/messages.md": from_source.messages,
    "reference/packages.md": from_source.packages,
    "reference/make-targets.md": from_source.make_targets,
    "explanation/decisions.md": from_source.decisions,
    **{f"reference/api/{name}.md": page for name, page in from_source.api_pages().items()},
}
NOTE = "<!-- Written by `make docs` from the program. Change the program, not this page. -->\n"
WIDE_PAGES = ("reference/features.md", "reference/scores.md", "reference/roles.md")
WIDE = "---\nhide:\n  - toc\n---\n\n"
"""Pages of wide tables have no table of contents beside them."""


def pages() -> dict[Path, str]:
    """Every generated page: its place and its text."""
    return {
        DOCS / name: f"{WIDE if name in WIDE_PAGES else ''}{NOTE}\n{make().rstrip()}\n" for name, make in PAGES.items()
    }


def stale() -> list[str]:
    """Name the pages that are not what the program says now."""
    found = {path: path.read_text(encoding="utf-8") if path.exists() else None for path in pages()}
    return [str(path.relative_to(DOCS)) for path, text in pages().items() if found[path] != text]


def write() -> None:
    """Write every generated page."""
    for path, text in pages().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if "--check" not in sys.argv:
        write()
    elif wrong := stale():
        sys.exit(f"These pages are out of date: {', '.join(wrong)}. Run `make docs`.")
