"""``python -m blitzrocket.devserver``: BlitzRocket on one machine, with embedded PostgreSQL and demo data.

With a management command as argument, that command runs on the same database.
"""

import sys

from blitzrocket.command_line import run_command
from blitzrocket.devserver.embedded_postgres import EmbeddedPostgresError
from blitzrocket.devserver.environment import environment

PROGRAM = "python -m blitzrocket.devserver"


def main(arguments: list[str]) -> None:
    command, *options = arguments or ["serve"]
    try:
        with environment(command):
            run_command([PROGRAM, command, *options])
    except EmbeddedPostgresError as error:
        sys.exit(f"BlitzRocket: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])
