"""A dry run of ingest in words: what the files hold, what would stop an ingest, and what to write in study.toml."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from riskstrat.cli.text import table, wrapped
from riskstrat.wording import plural

if TYPE_CHECKING:
    from riskstrat.ingest import Preview
    from riskstrat.steps.ingest_dry_run import DryRun, ReadAsSuggested

_PASTE = (
    "Write these lines in study.toml, in place of all its [[sources]] sections. Look at the lines that say "
    "`please check`; where a line says `please decide`, write the setting that it names."
)


def preview_text(found: DryRun) -> str:
    """Say how every file would be read, what would stop an ingest, and last what to write in study.toml."""
    alike: dict[str, list[Preview]] = {}
    for one in found.previews:
        alike.setdefault(repr((one.format, one.table, one.matched, one.ignored, one.dates)), []).append(one)
    parts = [_alike(same) for same in alike.values()]
    suggested = found.suggestion
    sections = {
        "Files that their format does not know (not read)": found.ignored,
        "Not carried": found.lacks,
        "Features": () if found.as_suggested else found.absent,
        "Files that no section of study.toml reads": suggested["unnamed"],
        "Files that need a decision or another export": suggested["problems"],
        "This would stop an ingest": found.faults,
    }
    parts += [
        f"{title}:\n" + "\n".join(wrapped(f"  {line}") for line in lines) for title, lines in sections.items() if lines
    ]
    if found.as_suggested:
        parts += [wrapped(_PASTE, " ").replace("\n ", "\n"), suggested["toml"], _suggested_text(found.as_suggested)]
    return "\n\n".join([*parts, _last_line(found)])


def _suggested_text(then: ReadAsSuggested) -> str:
    """Say what an ingest would do with the sections that are suggested."""
    looked = f"{plural(then.files, 'file')} would be read; of the first {plural(then.rows, 'row')}"
    lines = [wrapped(f"With these lines {looked} {then.rejected:,} would be rejected.")]
    lines += [wrapped(f"  {line}") for line in (*then.findings, *then.faults, *then.absent)]
    return "\n".join(lines)


def _last_line(found: DryRun) -> str:
    """Say what to do next."""
    decide = sum(len(one["to_decide"]) for one in found.suggestion["sections"])
    if found.as_suggested:
        ask = f" {plural(decide, 'decision')} to make." if decide else ""
        return f"Nothing was changed.{ask} Edit study.toml, then run `riskstrat ingest --dry-run` again."
    return "Nothing was changed." if found.faults else "Nothing was changed. `riskstrat ingest` can begin."


def _alike(alike: Sequence[Preview]) -> str:
    """Write files that are read in the same way, as one."""
    one = alike[0]
    heads = {"column": "left", "from": "left", "written": "left"}
    rows = [[to, header, one.dates.get(header, "")] for to, header in one.matched.items()]
    others = f" and {len(alike) - 1} more like it" if len(alike) > 1 else ""
    lines = [f"{one.file}{others}: {one.format} -> {one.table}", table(heads, rows)]
    for title, names in (("Not supplied", one.missing), ("Ignored", one.ignored)):
        if names:
            lines.append(wrapped(f"  {title}: {', '.join(names)}"))
    lines += sorted({wrapped(f"  Codes: {system}, {share}") for each in alike for system, share in each.codes.items()})
    books = sum((Counter(each.books) for each in alike), Counter[str]())
    left = ", ".join(f"{count:,} {what.replace('_', ' ')}" for what, count in books.items() if count)
    lines.append(wrapped(f"  Of the first {sum(each.rows for each in alike):,} rows: {left}"))
    return "\n".join([*lines, *(wrapped(f"  {each.file}: {finding}") for each in alike for finding in each.findings)])
