"""What `riskstrat ingest --dry-run` says."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Sequence

from riskstrat.cli.console import WIDTH
from riskstrat.cli.text import table
from riskstrat.ingest import Preview
from riskstrat.steps.ingest_dry_run import DryRun


def preview_text(found: DryRun) -> str:
    """Every file's columns, dates and codes, then what would stop an ingest, and what would be absent."""
    alike: dict[str, list[Preview]] = {}
    for one in found.previews:
        alike.setdefault(repr((one.format, one.table, one.matched, one.ignored, one.dates)), []).append(one)
    parts = [_files(same) for same in alike.values()]
    sections = {
        "Files that no layout knows": found.ignored,
        "Not carried": found.lacks,
        "Features": found.absent,
        "This would stop an ingest": found.faults,
    }
    parts += [f"{title}:\n" + "\n".join(_wrapped(line) for line in lines) for title, lines in sections.items() if lines]
    parts.append("Nothing was changed." if found.faults else "Nothing was changed. An ingest would begin.")
    return "\n\n".join(parts)


def _files(alike: Sequence[Preview]) -> str:
    """Files that are read in the same way, as one."""
    one = alike[0]
    heads = {"column": "left", "from": "left", "written": "left"}
    rows = [[to, header, one.dates.get(header, "")] for to, header in one.matched.items()]
    others = f" and {len(alike) - 1} more like it" if len(alike) > 1 else ""
    lines = [f"{one.file}{others}: {one.format} -> {one.table}", table(heads, rows)]
    for title, names in (("Not supplied", one.missing), ("Ignored", one.ignored)):
        if names:
            lines.append(_wrapped(f"{title}: {', '.join(names)}"))
    lines += sorted({_wrapped(f"Codes: {system}, {share}") for each in alike for system, share in each.codes.items()})
    books = sum((Counter(each.books) for each in alike), Counter[str]())
    left = ", ".join(f"{count:,} {what.replace('_', ' ')}" for what, count in books.items() if count)
    lines.append(_wrapped(f"Of the first {sum(each.rows for each in alike):,} rows: {left}"))
    return "\n".join([*lines, *(_wrapped(f"{each.file}: {finding}") for each in alike for finding in each.findings)])


def _wrapped(line: str) -> str:
    return "\n".join(textwrap.wrap(f"  {line}", WIDTH, subsequent_indent="    "))
