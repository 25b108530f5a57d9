"""A program of the tests behaves as in an interpreter of its own."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.programs import ADDRESS, Programs
from tests.support import ROOT, wait_for

OURS = "('blitzrocket', 'contests', 'purchases', 'apikeys')"


@pytest.mark.parametrize(
    "arguments",
    [
        ["-c", "import os, sys; print(sys.argv, dict(os.environ), __name__, sys.path[0] and os.getcwd())", "a", "b c"],
        ["-c", "import sys; print('é', file=sys.stderr); sys.exit()"],
        ["-c", "import atexit, sys; atexit.register(print, 'last'); sys.exit(3)"],
        ["-c", "import sys; sys.exit('A sentence.')"],
        ["-c", "raise ValueError('What is wrong.')"],
        ["-c", "import os; os.kill(os.getpid(), 9)"],
        ["-c", "from django.conf import settings; print(settings.configured)"],
        ["-c", f"import sys; print([name for name in sys.modules if name.split('.')[0] in {OURS}])"],
        ["manage.py"],
        ["-m", "json.tool", "--help"],
        ["-m", "json.tool", "nothing.json"],
    ],
)
def test_a_program_ends_as_in_a_new_interpreter(programs: Programs, arguments: list[str]) -> None:
    environment = {"PATH": os.environ["PATH"], "LC_CTYPE": "C.UTF-8", "COLUMNS": "100"}
    command = [sys.executable, *arguments]
    new = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    forked = programs.run(arguments, environment)
    assert (forked.returncode, forked.stdout) == (new.returncode, new.stdout)
    assert forked.stderr.splitlines()[-1:] == new.stderr.splitlines()[-1:]


OTHER_SETTINGS = {
    "ALLOWED_HOSTS": "shop.example",
    "DATABASE_URL": "postgresql://me@shop.example/orders",
    "DATABASE_POOLER": "transaction",
    "HTTPS": "false",
    "LOG_FORMAT": "text",
    "RATE_LIMIT_PRIVATE": "7",
    "SECRET_KEY": "a-secret",
    "TRUST_PROXY": "2",
}
SHOW_SETTINGS = """
import logging
from django.conf import settings
from django.db import connections
print(connections.settings, logging.root.handlers, [handler.formatter for handler in logging.root.handlers])
print({name: getattr(settings, name) for name in sorted(dir(settings)) if name.isupper() and name != "LOGGING"})
"""


def test_one_of_ours_has_the_settings_of_its_environment(programs: Programs) -> None:
    """And the databases and logs, as in a new interpreter, though its apps were loaded with others."""
    arguments, environment = ["manage.py", "shell", "-v0", "-c", SHOW_SETTINGS], os.environ | OTHER_SETTINGS
    command = [sys.executable, *arguments]
    new = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    forked = programs.run(arguments, environment)
    expected, shown = (re.sub(" at 0x[0-9a-f]+", "", each.stdout) for each in (new, forked))
    assert "orders" in shown
    assert shown == expected, forked.stderr


def test_one_of_ours_begins_again_where_its_apps_depend_on_a_setting(programs: Programs) -> None:
    code = "import sys; from django.conf import settings as s; print(s.AXES_FAILURE_LIMIT, sys.orig_argv[1])"
    arguments = ["manage.py", "shell", "-v0", "-c", code]
    usual = programs.run(arguments, os.environ | OTHER_SETTINGS)
    assert usual.stdout == "5 -m\n", usual.stderr
    other = programs.run(arguments, os.environ | OTHER_SETTINGS | {"LOGIN_ATTEMPTS": "9"})
    assert other.stdout == "9 manage.py\n", other.stderr


def test_a_program_has_no_state_of_the_one_before(programs: Programs) -> None:
    run = programs.run(["-c", "import blitzrocket.env, os; os.environ['LEFT'] = 'x'; print(len(os.environ))"], {})
    output = programs.run(["-c", "import os, sys; print(len(os.environ), 'blitzrocket.env' in sys.modules)"], {})
    assert (run.stdout, output.stdout) == ("1\n", "0 False\n"), run.stderr


def test_a_program_that_keeps_running_is_ended(programs: Programs, tmp_path: Path) -> None:
    """Meanwhile others run."""
    log = tmp_path / "log"
    log.write_text("before ")
    process = programs.start(["-c", "import time; print('at work', flush=True); time.sleep(600)"], {}, log)
    wait_for(lambda: log.read_text() == "before at work\n", "its first line")
    assert process.poll() is None
    assert programs.run(["-c", "print(1)"], {}).stdout == "1\n"
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.01)
    process.terminate()
    assert process.wait() == -signal.SIGTERM
    process.kill()  # nothing to do
    assert process.poll() == -signal.SIGTERM


def test_each_process_of_a_run_orders_a_fork_of_its_own_of_the_same_process(programs: Programs) -> None:
    """Which ends with those who order it."""
    code = ["-c", "import os; print(os.getppid())"]
    programs.run(code, {})
    others = [Programs(os.environ[ADDRESS]) for _ in range(2)]
    forks = [int(each.run(code, {}).stdout) for each in (programs, *others)]
    assert len({*forks}) == 3
    assert len({psutil.Process(fork).ppid() for fork in forks}) == 1
    others.clear()
    wait_for(lambda: [psutil.pid_exists(fork) for fork in forks] == [True, False, False], "the end of both")
