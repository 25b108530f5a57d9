"""``kill -9`` of the background process while it sends: each event arrives, and none is left."""

import os
import signal
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Timer

import pytest
from django.utils import timezone

from purchases.models import OutgoingEvent
from tests.profiles import times
from tests.programs import Programs
from tests.purchases.orders import buy
from tests.purchases.outgoing.receiver import Receiver, receiving, subscribe
from tests.support import make_shop, test_database_url

KILLS = times(1, 20)
EVENTS = 12 * KILLS
STEP = 7  # messages until the next kill: in the middle of a batch


@pytest.mark.django_db(transaction=True)
def test_each_event_arrives(programs: Programs, tmp_path: Path) -> None:
    shop, pid_file = make_shop(), tmp_path / "pid"
    code = (
        f"import os, pathlib; pathlib.Path({str(pid_file)!r}).write_text(str(os.getpid()))\n"
        "import django; django.setup()\n"
        "from django.core.management import execute_from_command_line\n"
        "execute_from_command_line(['manage.py', 'run_jobs'])"
    )
    environment = {
        "DATABASE_URL": test_database_url(),
        "SECRET_KEY": "only-for-tests",
        "ALLOWED_HOSTS": "localhost",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "STORE_SECRET_KEYS": "only-for-tests-of-webhooks",
        "WEBHOOKS_TO_PRIVATE_ADDRESSES": "true",
    }
    with receiving() as receiver, pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.STORE_SECRET_KEYS", [environment["STORE_SECRET_KEYS"]])
        patch.setattr("django.conf.settings.WEBHOOKS_TO_PRIVATE_ADDRESSES", True)
        _, secret = subscribe(shop, url=receiver.url)
        receiver.secrets = [secret]
        for _ in range(EVENTS):
            buy(shop)
        for kill in range(KILLS):
            receiver.when_received = partial(_kill_after, receiver, (kill + 1) * STEP, pid_file)
            programs.run(["-c", code], environment)
            OutgoingEvent.objects.filter(state="pending").update(due_at=timezone.now())  # the lease is over
        ids = set(OutgoingEvent.objects.values_list("pk", flat=True))
        receiver.when_received = lambda: (
            Timer(1, _kill, [pid_file, signal.SIGTERM]).start()
            if ids == {message["id"] for message in receiver.messages}
            else None
        )
        assert programs.run(["-c", code], environment).returncode == 0
    assert len(ids) == EVENTS
    assert OutgoingEvent.objects.filter(state="sent").count() == EVENTS


def _kill_after(receiver: Receiver, messages: int, pid_file: Path) -> None:
    if len(receiver.messages) >= messages:
        _kill(pid_file, signal.SIGKILL)


def _kill(pid_file: Path, signal_number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(int(pid_file.read_text()), signal_number)
