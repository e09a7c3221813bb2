"""One thread per process that looks after connections which nobody reads, so that none is cut as dead."""

from __future__ import annotations

import os
import weakref
from contextlib import suppress
from threading import Condition, Thread, current_thread
from typing import Protocol

from myna.speech.errors import MynaError

_ROUND = 2.5
"""Seconds from one look to the next."""


class Tended(Protocol):
    """Something that has to be looked after."""

    def tend(self) -> None:
        """Do what is due; never waits for long."""
        ...


class Keeper:
    """Calls `tend` of everything added, until it is removed or forgotten.

    The thread lives as long as there is something to look after.
    """

    def __init__(self) -> None:
        self._forget_all()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget_all)

    def _forget_all(self) -> None:
        self._tended: weakref.WeakSet[Tended] = weakref.WeakSet()
        self._lock = Condition()
        self._thread: Thread | None = None

    def add(self, tended: Tended) -> None:
        """Look after this from now on."""
        with self._lock:
            self._tended.add(tended)
            if self._thread is None:
                self._thread = Thread(target=self._run, name="myna-keeper", daemon=True)
                self._thread.start()

    def remove(self, tended: Tended) -> None:
        """Look after it no more."""
        with self._lock:
            self._tended.discard(tended)
            thread = self._thread
            if self._tended:
                return
            self._lock.notify_all()
        if thread is not None and thread is not current_thread():
            thread.join(timeout=_ROUND)

    def _run(self) -> None:
        while True:
            with self._lock:
                if self._tended:
                    self._lock.wait(_ROUND)
                tended = list(self._tended)
                if not tended:
                    self._thread = None
                    return
            for each in tended:
                with suppress(MynaError, OSError):
                    each.tend()
            del tended, each


keeper = Keeper()
