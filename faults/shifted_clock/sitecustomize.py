"""Shifts the clock of a process by the seconds in the file of CLOCK_SHIFT_FILE; Python imports this at its start.

It is the clock that our code reads, `django.utils.timezone.now`. libfaketime would shift that of the whole process, but
breaks `time.sleep` of Python 3.11 and later.
"""

import os
from datetime import datetime, timedelta
from pathlib import Path

from django.utils import timezone

SHIFT = Path(os.environ["CLOCK_SHIFT_FILE"])
right_now = timezone.now


def shifted_now() -> datetime:
    return right_now() + timedelta(seconds=int(SHIFT.read_text()))


timezone.now = shifted_now
