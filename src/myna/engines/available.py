"""Which engines this machine has, and why not the others."""

from __future__ import annotations

import importlib
from collections.abc import Callable

from myna.engines.protocols import Synthesizer
from myna.engines.world import converting
from myna.speech.errors import EngineError

_ENGINES = {
    "espeak": "myna.engines.espeak.synthesizer",
    "flite": "myna.engines.flite.synthesizer",
}
"""Modules with `find()`, which raises `EngineError` where the machine lacks something, and `load()`."""


class Engines:
    """The engines of one worker process, loaded when first used.

    Never made in the process of a server or an application: loading an engine loads its native library.
    """

    def __init__(self) -> None:
        self._found: dict[str, Callable[[], Synthesizer]] = {}
        self._loaded: dict[str, Synthesizer] = {}
        self._missing: dict[str, str] = {}
        self._converts = False

    def survey(self) -> tuple[tuple[str, ...], dict[str, str]]:
        """Look for every engine and load the first.

        Returns:
            The names of those found, and for each of the others the reason.
        """
        for name, module in _ENGINES.items():
            try:
                found = importlib.import_module(module)
                found.find()
                self._found[name] = found.load
            except (EngineError, ImportError, OSError) as error:
                self._missing[name] = str(error)
        self.warm_one()
        return tuple(self._found), dict(self._missing)

    @property
    def cold(self) -> bool:
        """Whether something that was found is not loaded yet."""
        return len(self._loaded) < len(self._found) or not self._converts

    def warm_one(self) -> None:
        """Load one thing ahead of its first use; an engine that fails to load is taken off the list."""
        for name in self._found:
            if name not in self._loaded:
                try:
                    self.load(name)
                except (EngineError, OSError) as error:
                    del self._found[name]
                    self._missing[name] = str(error)
                return
        self._converts = True
        converting.warm()

    def load(self, name: str) -> Synthesizer:
        """The engine called `name`.

        Raises:
            EngineError: this machine does not have it.
        """
        engine = self._loaded.get(name)
        if engine is None:
            if name not in self._found:
                reason = self._missing.get(name, "there is no engine of this name")
                raise EngineError(f"The engine {name!r} is not available: {reason}.")
            engine = self._loaded[name] = converting.Converting(self._found[name]())
        return engine
