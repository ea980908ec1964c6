"""Take the pictures of README from a study with lists and a comparison: ``python -m docs.pictures demo`` (Chromium)."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

IMAGES = Path(__file__).parent / "images"
WIDTH, PRACTICE = 1280, "A81001"


def screenshot(page: Path, picture: Path, height: int) -> None:
    """Take the top of a page, as headless Chromium shows it."""
    browser = shutil.which("chromium") or shutil.which("google-chrome") or sys.exit("Install Chromium.")
    with tempfile.TemporaryDirectory() as profile:
        options = ["--headless", "--no-sandbox", "--hide-scrollbars", f"--user-data-dir={profile}"]
        size = f"--window-size={WIDTH},{height}"
        command = [browser, *options, size, f"--screenshot={picture}", page.resolve().as_uri()]
        subprocess.run(command, check=True, capture_output=True)


def main(study: Path) -> None:
    """Take both pictures."""
    IMAGES.mkdir(exist_ok=True)
    (run,) = sorted((study / "runs").iterdir())[-1:]
    screenshot(run / "lists" / PRACTICE / "worklist.html", IMAGES / "list.png", 860)
    (report,) = sorted((study / "reports").glob("compare-*.html"))[-1:]
    screenshot(report, IMAGES / "report.png", 900)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
