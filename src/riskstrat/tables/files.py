"""Files and folders that are written whole or not at all.

A snapshot, a run's file or a bundle is written beside its place and moved into it: it is complete or it is absent, and
a kill at any moment leaves the last good one. A step whose key is in the manifest that lies there has nothing to do.
"""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

UNFINISHED = ".unfinished-"


def sha256_of(path: Path) -> str:
    """SHA-256 of a file."""
    digest = sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def key_of(*parts: object) -> str:
    """A short key of whatever a step's result depends on."""
    return sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A place to write a file that is moved to `path`, flushed to the disk, when the block ends well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{UNFINISHED}{path.name}")
    try:
        yield part
        with part.open("rb") as written:
            os.fsync(written.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    with whole_file(path) as part:
        part.write_text(text, encoding="utf-8")


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write JSON whole or not at all."""
    write_text(path, json.dumps(content, indent=1, default=str, ensure_ascii=False) + "\n")


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """A folder to fill that takes the place of `path` when the block ends well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{UNFINISHED}{path.name}")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    try:
        yield part
        _swap(part, path)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _set_aside(path: Path) -> Path:
    return path.with_name(f"{UNFINISHED}old-{path.name}")


def put_back(path: Path) -> Path:
    """A folder that `whole_folder` writes, the old one put back if a kill left it set aside and none in its place."""
    old = _set_aside(path)
    if old.is_dir() and not path.exists():
        os.replace(old, path)
    return path


def _swap(part: Path, path: Path) -> None:
    old = _set_aside(put_back(path))
    shutil.rmtree(old, ignore_errors=True)
    if path.exists():
        os.replace(path, old)
    os.replace(part, path)
    shutil.rmtree(old, ignore_errors=True)
