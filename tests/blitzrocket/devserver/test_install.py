"""The first run's installation: one line where it works, all that pip says where it does not."""

import re
import subprocess
import sys
from pathlib import Path

from tests.support import ROOT

SCRIPT = ROOT / "blitzrocket" / "devserver" / "install.py"


def install(lock_file: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, SCRIPT, lock_file], capture_output=True, text=True, check=False)


def test_one_line_says_how_many_packages(tmp_path: Path) -> None:
    lock = (ROOT / "requirements-run.txt").read_text()
    installed = re.search(r"^sqlparse==.*?(?=^\S)", lock, re.DOTALL | re.MULTILINE)
    assert installed
    lock_file = tmp_path / "lock.txt"
    lock_file.write_text(installed[0])
    result = install(lock_file)
    assert (result.returncode, result.stdout, result.stderr) == (0, "Packages: 1 installed.\n", "")


def test_an_error_is_shown_in_full(tmp_path: Path) -> None:
    lock_file = tmp_path / "lock.txt"
    lock_file.write_text("sqlparse==0.5 is no requirement\n")
    result = install(lock_file)
    assert result.returncode != 0
    assert "Invalid requirement" in result.stderr
    assert "sqlparse" in result.stderr
