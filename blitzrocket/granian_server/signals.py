"""Signals that are not missed."""

import os
import signal
import threading
import time

WAKE_SECONDS = 0.1


def repeat_signals() -> None:
    """Wake the main thread once more after each signal to this process.

    Granian's sleeps until it is told to stop, and can miss a signal that comes in the moment in which it falls asleep.
    """
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    signal.signal(signal.SIGURG, lambda number, frame: None)
    threading.Thread(target=wake_main_thread, args=[reader], daemon=True).start()


def wake_main_thread(signals: int) -> None:
    """Interrupt its sleep a moment after each signal that the file of numbers has, so that Python handles it."""
    while number := os.read(signals, 1):
        if number[0] != signal.SIGURG:
            time.sleep(WAKE_SECONDS)
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGURG)
