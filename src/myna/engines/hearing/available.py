"""Which recognisers this machine has, and why not the others."""

from __future__ import annotations

import importlib
from types import ModuleType

from myna.engines.protocols import Recognizer
from myna.speech.errors import EngineError

RECOGNIZERS = {
    "sphinx": "myna.engines.sphinx.recognizer",
    "whisper": "myna.engines.whisper.recognizer",
}
"""Modules with `find()`, which raises `EngineError` where the machine lacks something, and `load()`."""
WITH_MODELS = frozenset(("whisper",))
"""Those whose `load` takes the name or the folder of a model."""


def missing(name: str) -> str | None:
    """Why this machine does not have a recogniser; None where it has it. Nothing native is loaded.

    Raises:
        EngineError: there is none of this name.
    """
    try:
        _module(name).find()
    except (ImportError, OSError, EngineError) as error:
        return str(error).rstrip(".")
    return None


class Recognizers:
    """The recogniser of one process, kept from job to job; another one takes its place.

    Never used in the process of a server or an application: loading one loads its native library.
    """

    def __init__(self) -> None:
        self._loaded: tuple[str, str | None] | None = None
        self._recognizer: Recognizer | None = None

    def load(self, name: str, model: str | None) -> Recognizer:
        """A recogniser with its model, None for its own.

        Raises:
            EngineError: this machine does not have it.
        """
        if self._recognizer is None or self._loaded != (name, model):
            self._recognizer = self._loaded = None
            try:
                module = _module(name)
                self._recognizer = module.load(model) if name in WITH_MODELS else module.load()
            except (ImportError, OSError) as error:
                raise EngineError(f"The engine {name!r} cannot be loaded: {error}.") from error
            self._loaded = name, model
        return self._recognizer

    def warm(self) -> None:
        """Load ahead of its first use what most ask for."""
        if self._recognizer is None and missing("sphinx") is None:
            self.load("sphinx", None).hear(None, ())


def _module(name: str) -> ModuleType:
    if name not in RECOGNIZERS:
        raise EngineError(f"There is no recogniser {name[:40]!r}; there are {', '.join(RECOGNIZERS)}.")
    return importlib.import_module(RECOGNIZERS[name])
