"""Installs a lock file with pip, behind one line of progress; where pip fails, all of its output is shown.

Run as a script: nothing is installed yet that it could import.
"""

import re
import subprocess
import sys
from pathlib import Path

PIP = (sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--require-hashes", "--requirement")
_locked = re.compile(r"^[A-Za-z0-9][\w.\[\]-]*==", re.MULTILINE)


def main(lock_file: str) -> int:
    """Pip's exit status."""
    total = len(_locked.findall(Path(lock_file).read_text(encoding="utf-8")))
    output: list[str] = []
    count = 0
    with subprocess.Popen([*PIP, lock_file], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        for line in pip.stdout or ():
            output.append(line)
            if line.startswith(("Collecting ", "Requirement already satisfied: ")):
                count += 1
                show(f"Packages: {count} of {total}")
            elif line.startswith("Installing collected packages"):
                show(f"Packages: {count}, installing ...")
    if pip.returncode:
        show("")
        sys.stderr.write("".join(output))
    else:
        show(f"Packages: {count} installed.\n")
    return pip.returncode


def show(text: str) -> None:
    """Replace the line of progress on a terminal; elsewhere write whole lines only."""
    if sys.stdout.isatty():
        sys.stdout.write(f"\r\033[K{text}")
    elif text.endswith("\n"):
        sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
