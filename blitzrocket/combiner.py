"""Work of several threads that one of them does for all, as PostgreSQL's group commit does.

A thread that comes alone does its work at once. Those that come meanwhile wait until it is done; then the first of them
does the work of them all. So the more threads come at the same time, the less each piece of work costs, and where one
comes after the other nobody waits. The literature calls this flat combining. Calls that take turns in one thread share
their work in the same way.
"""

from collections.abc import Callable, Hashable, Sequence
from threading import Lock
from typing import Generic, TypeVar

from blitzrocket.turns import current_loop, new_signal

PATIENCE = 0.2

Item = TypeVar("Item")
Result = TypeVar("Result")


class _Task(Generic[Item, Result]):
    """An item of a thread, which waits for its result or error, or until it is to do the work of a group."""

    __slots__ = ("error", "item", "leads", "result", "wake_up")

    result: Result

    def __init__(self, item: Item) -> None:
        self.item = item
        self.leads = False
        self.error: BaseException | None = None
        self.wake_up = new_signal()  # released to wake the thread


class Combiner(Generic[Item, Result]):
    """Does the work for items with the same key together.

    ``work`` takes at most ``most`` items and returns their results in the same order. It is done for one group of a key
    at a time. A thread waits so many seconds for its group to begin (``patience``), then does its own work beside it:
    work that is stuck, such as behind a lock of the database, keeps nobody for longer. An error is raised for each item
    of its group.
    """

    def __init__(
        self, work: Callable[[Sequence[Item]], Sequence[Result]], most: int, patience: float = PATIENCE
    ) -> None:
        self._work, self._most, self._patience = work, most, patience
        self._lock = Lock()
        self._waiting: dict[Hashable, list[_Task[Item, Result]]] = {}  # by each key that is at work

    def result(self, key: Hashable, item: Item) -> Result:
        """The result of an item.

        Raises:
            BaseException: what ``work`` raised.
        """
        task: _Task[Item, Result] = _Task(item)
        if loop := current_loop():
            key = (loop, key)  # its calls and other threads cannot wake each other
        with self._lock:
            if key in self._waiting:
                self._waiting[key].append(task)
            else:
                self._waiting[key] = []
                task.leads = True
        if task.leads and loop:
            loop.pause()  # those that came together with it join
        elif not task.leads and not task.wake_up.acquire(timeout=self._patience):
            if self._withdraw(key, task):
                return self._work([item])[0]
            task.wake_up.acquire()
        if task.leads:
            self._do(key, self._group_of(key, task))
        if task.error:
            raise task.error
        return task.result

    def _withdraw(self, key: Hashable, task: _Task[Item, Result]) -> bool:
        """Leave the queue, unless the task is in a group by now."""
        with self._lock:
            waiting = self._waiting.get(key, [])
            if task not in waiting:
                return False
            waiting.remove(task)
            return True

    def _group_of(self, key: Hashable, task: _Task[Item, Result]) -> list[_Task[Item, Result]]:
        """The task, and those that wait by now."""
        with self._lock:
            waiting = self._waiting[key]
            group, self._waiting[key] = [task, *waiting[: self._most - 1]], waiting[self._most - 1 :]
        return group

    def _do(self, key: Hashable, group: Sequence[_Task[Item, Result]]) -> None:
        try:
            for task, result in zip(group, self._work([task.item for task in group]), strict=True):
                task.result = result
        except BaseException as error:
            for task in group:
                task.error = error
        finally:
            self._wake_next(key)
            for task in group[1:]:
                task.wake_up.release()

    def _wake_next(self, key: Hashable) -> None:
        with self._lock:
            waiting = self._waiting[key]
            if not waiting:
                del self._waiting[key]
                return
            task = waiting.pop(0)
        task.leads = True
        task.wake_up.release()
