from __future__ import annotations

import threading
import time

import pytest

from myna.client.sync import keeper as module
from myna.client.sync.keeper import Keeper
from myna.speech.errors import ConnectionLost


class Plant:
    def __init__(self, error=None):
        self.tended = threading.Event()
        self.error = error

    def tend(self):
        self.tended.set()
        if self.error is not None:
            raise self.error


@pytest.mark.usefixtures("no_leaks")
def test_it_looks_after_what_is_there_until_it_goes(monkeypatch):
    monkeypatch.setattr(module, "_ROUND", 0.01)
    keeper = Keeper()
    broken, whole = Plant(ConnectionLost("gone")), Plant()
    keeper.add(broken)
    keeper.add(whole)
    assert broken.tended.wait(10) and whole.tended.wait(10)
    keeper.remove(broken)
    whole.tended.clear()
    assert whole.tended.wait(10)
    keeper.remove(whole)
    keeper.remove(whole)


@pytest.mark.usefixtures("no_leaks")
def test_it_goes_at_once_when_nothing_is_left(monkeypatch):
    monkeypatch.setattr(module, "_ROUND", 30.0)
    keeper = Keeper()
    began = time.monotonic()
    for _ in range(20):
        plant = Plant()
        keeper.add(plant)
        keeper.remove(plant)
    assert time.monotonic() - began < 15


@pytest.mark.usefixtures("no_leaks")
def test_what_is_forgotten_needs_no_looking_after(monkeypatch, eventually):
    monkeypatch.setattr(module, "_ROUND", 0.01)
    keeper = Keeper()
    keeper.add(Plant())
    eventually(lambda: keeper._thread is None)
