#!/usr/bin/env python
"""Run a management command on the database of DATABASE_URL.

On a fresh machine, without settings and with a PostgreSQL of its own: ``python -m blitzrocket.devserver COMMAND``.
"""

import sys

from blitzrocket.command_line import run_command

if __name__ == "__main__":
    run_command(sys.argv)
