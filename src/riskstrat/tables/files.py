"""Write files and folders as a whole, or not at all.

A snapshot, a file of a run or a model is written beside its place and then moved there. It is complete or absent, and a
command that is killed leaves the last complete one. A step has nothing to do if the manifest there has the same key.
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
    """Compute the SHA-256 of a file."""
    digest = sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def key_of(*parts: object) -> str:
    """Compute a short key from everything that the result of a step depends on."""
    return sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a path to write to; move the file to `path`, flushed to disk, if the block ends without error."""
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
    """Write a text file as a whole, or not at all."""
    with whole_file(path) as part:
        part.write_text(text, encoding="utf-8")


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file as a whole, or not at all."""
    write_text(path, json.dumps(content, indent=1, default=str, ensure_ascii=False) + "\n")


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Yield a folder to fill; it replaces `path` if the block ends without error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{UNFINISHED}{path.name}")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    try:
        yield part
        _swap(part, path)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _old_copy(path: Path) -> Path:
    return path.with_name(f"{UNFINISHED}old-{path.name}")


def put_back(path: Path) -> Path:
    """Return a folder of `whole_folder`; restore the old one if a killed command left none in its place."""
    old = _old_copy(path)
    if old.is_dir() and not path.exists():
        os.replace(old, path)
    return path


def _swap(part: Path, path: Path) -> None:
    old = _old_copy(put_back(path))
    shutil.rmtree(old, ignore_errors=True)
    if path.exists():
        os.replace(path, old)
    os.replace(part, path)
    shutil.rmtree(old, ignore_errors=True)
