"""Find the files of a study that are new or changed, by their content and not by name or time.

Decision
--------
A file is read again when its content changes, or its lookup files, its settings in study.toml, or the version of the
program. A new snapshot is made when a file changes, or a setting that decides which rows are stored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import joblib

from riskstrat import __version__
from riskstrat.engine import engine_version
from riskstrat.governance import fingerprint
from riskstrat.ingest.extract import MatchedFile
from riskstrat.ingest.rows import ReadOptions
from riskstrat.study import Session, extensions_of
from riskstrat.tables import TABLES, Snapshot, key_of, sha256_of


@dataclass(frozen=True)
class FilesToRead:
    """The files of a study, with everything that decides how they are read and stored.

    `hashes` holds the SHA-256 of every file, `key` is the key for pseudonyms, and `last` is the latest snapshot.
    """

    session: Session
    extracts: Sequence[MatchedFile]
    hashes: Mapping[Path, str]
    rules: ReadOptions
    key: bytes | None
    last: Snapshot | None

    @property
    def decides(self) -> str:
        """A fingerprint of everything except the files that decides what is stored."""
        restricted = self.rules.restricted.fingerprint if self.rules.restricted else "none"
        study, checks = self.session.study, self.session.study.checks
        rows = study.fingerprint("sources"), sorted(checks.skip), checks.super_patient_pct
        brought = extensions_of(study).values()
        return key_of(__version__, rows, study.engine.patients_per_file, restricted, fingerprint(self.key), *brought)

    @property
    def snapshot_key(self) -> str:
        """A fingerprint of everything that the snapshot depends on."""
        files = sorted((self.hashes[one.path], one.format, repr(one.layout)) for one in self.extracts)
        return key_of(self.decides, sorted(self.hashes.values()), files)

    @property
    def unchanged(self) -> bool:
        """Whether the latest snapshot was made from the same files and settings."""
        return self.last is not None and self.last.manifest["key"] == self.snapshot_key

    @property
    def looked_at(self) -> set[str]:
        """Hashes of the files of the latest snapshot, if its settings were the same."""
        same = self.last is not None and self.last.manifest.get("decides") == self.decides
        return {one["sha256"] for one in self.last.manifest["files"]} if self.last and same else set()

    def converted(self, one: MatchedFile, parts: int) -> Path:
        """Return the folder of a converted file, named after a fingerprint of everything that decides its content."""
        looked_up = [self.hashes[file.path] for _, files in one.lookups for file in files]
        matched = sorted((to, names) for to, names in one.found.items()), repr(one.layout)
        settings = one.settings.model_dump(mode="json")
        restricted = self.rules.restricted.fingerprint if self.rules.restricted else "none"
        program = __version__, engine_version(), restricted, fingerprint(self.key), self.rules.skip, parts
        name = key_of(program, repr(TABLES[one.table]), self.hashes[one.path], looked_up, settings, matched)
        return self.session.folder.store / ".converted" / name


def hashes_of(extracts: Sequence[MatchedFile]) -> dict[Path, str]:
    """Hash every file and its lookup files (SHA-256)."""
    paths = {one.path for one in extracts} | {f.path for one in extracts for _, files in one.lookups for f in files}
    listed = sorted(paths)
    hashes = joblib.Parallel(n_jobs=-1, prefer="threads")(joblib.delayed(sha256_of)(path) for path in listed)
    return dict(zip(listed, hashes, strict=True))
