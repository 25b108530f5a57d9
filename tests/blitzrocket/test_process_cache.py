"""Results that a process keeps: once for the same arguments, and not beyond a change of settings."""

from django.test import override_settings

from blitzrocket.process_cache import once_a_process

calls: list[int] = []


@once_a_process
def double(number: int) -> int:
    calls.append(number)
    return 2 * number


def test_is_called_once_for_the_same_arguments() -> None:
    calls.clear()
    assert [double(21), double(21), double(4)] == [42, 42, 8]
    assert calls == [21, 4]


def test_is_called_again_after_a_change_of_settings() -> None:
    double(33)
    calls.clear()
    with override_settings(VERSION="2"):
        double(33)
    double(33)
    assert calls == [33, 33]
