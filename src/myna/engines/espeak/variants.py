"""How a `Timbre` sounds on eSpeak NG: the content of a voice variant, and the one file that holds it.

Flutter and breath take their phase and noise from counters that live as long as the process, and so do
the creaky cycles of roughness below 8. Variants therefore have none of them: the same request gives the
same bytes.
"""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache
from math import log2
from pathlib import Path

from myna.engines.protocols import Utterance
from myna.speech.errors import EngineError

NAME = "myna"
"""The variant that every utterance uses; its file is written anew for each timbre."""

_HEIGHTS = (102, 100, 94, 91, 78, 78, 100, 100, 100)
_WIDTHS = (109, 100, 100, 125, 134, 134, 100, 100, 100)
"""The library's own heights and widths of its nine formants, in percent."""
_TONE = ((600, 170), (1200, 135), (2000, 110), (3400, 110), (7000, 110))
"""The library's own equaliser: Hz and level, linear in amplitude, at most 255."""
_CONSONANTS = 90
_PIVOT = 0.8
"""Octaves above 500 Hz at which brightness changes nothing, so that voices stay equally loud."""
_SPREAD = 0.40
"""Width of the pitch line relative to the median pitch, for a melody of 1.0."""
_MEDIAN = 0.78
"""Where the median of speech lies on the pitch line."""
_PITCHES = (40.0, 600.0)
_DESCRIPTOR = 200
_ROOM = 110
"""Longest path in bytes of a data folder; the library's own buffers are small."""


def variant(utterance: Utterance, correction: float = 1.0) -> str:
    """The content of the variant that realises the timbre, pitch and melody of an utterance.

    Args:
        utterance: what is to be said.
        correction: median pitch of the language's melody relative to English.
    """
    timbre = utterance.timbre
    pitch = min(max(timbre.pitch_hz * utterance.pitch / correction, _PITCHES[0]), _PITCHES[1])
    melody = min(max(timbre.pitch_range * utterance.pitch_range, 0.0), 3.0)
    return _written(round(pitch), round(melody, 2), timbre.formant_scale, timbre.brightness)


@lru_cache(maxsize=256)
def _written(pitch: int, melody: float, scale: float, brightness: float) -> str:
    spread = _SPREAD * pitch * melody
    base = pitch - _MEDIAN * spread + 9
    lines = [
        "language variant",
        f"pitch {max(20, round(base))} {max(20, round(base + spread))}",
        "flutter 0",
        "roughness 8",
        "breath 0",
    ]
    for number, (height, width) in enumerate(zip(_HEIGHTS, _WIDTHS, strict=True)):
        size = 1 + (scale - 1) * (0.5 if number == 0 else 1.0)
        if number >= 6:
            height = round(height * _tilt(brightness, 4000, power=40))
        lines.append(f"formant {number} {round(size * 100)} {height} {width}")
    tone = " ".join(f"{hz} {min(255, round(level * _tilt(brightness, hz)))}" for hz, level in _TONE)
    lines.append(f"tone {tone}")
    lines.append(f"consonants {round(_CONSONANTS * _tilt(brightness, 4000))} 100")
    return "\n".join(lines) + "\n"


def _tilt(brightness: float, hz: float, power: int = 20) -> float:
    decibels = brightness * (max(0.0, log2(hz / 500)) - _PIVOT)
    return float(10 ** (min(12.0, max(-24.0, decibels)) / power))


class VariantFile:
    """A data folder with one variant in it, whose content is this process's own.

    The folder holds links to the packaged data. Where the system has files in memory, the variant is a link
    to one, and all processes share the folder in the user's cache; elsewhere the folder is temporary.

    Attributes:
        folder: what the library takes for its data.
    """

    def __init__(self, packaged: Path) -> None:
        """Find or make the folder that extends the data in `packaged`.

        Raises:
            EngineError: no folder can be made.
        """
        self._content = ""
        self._temporary: Path | None = None
        try:
            if Path("/proc/self/fd").is_dir() and hasattr(os, "memfd_create"):
                self._open_memory()
                self.folder = self._shared(packaged)
            else:
                self.folder = self._private(packaged)
                self._open_disk()
        except OSError as error:
            raise EngineError(f"No folder for voice files can be made: {error}.") from None

    def write(self, content: str) -> None:
        """Make `content` the variant that the library reads next."""
        if content != self._content:
            raw = content.encode("ascii")
            os.pwrite(_DESCRIPTOR, raw, 0)
            os.ftruncate(_DESCRIPTOR, len(raw))
            self._content = content

    def close(self) -> None:
        """Remove what was made for this process alone."""
        if self._temporary is not None:
            import shutil

            shutil.rmtree(self._temporary, ignore_errors=True)

    def _open_memory(self) -> None:
        descriptor = os.memfd_create(NAME)
        os.dup2(descriptor, _DESCRIPTOR, inheritable=False)
        os.close(descriptor)

    def _open_disk(self) -> None:
        descriptor = os.open(self.folder / "voices" / "!v" / NAME, os.O_RDWR | os.O_CREAT, 0o600)
        os.dup2(descriptor, _DESCRIPTOR, inheritable=False)
        os.close(descriptor)

    def _shared(self, packaged: Path) -> Path:
        stamp = f"{packaged}|{(packaged / 'phontab').stat().st_mtime_ns}|2"
        folder = _cache() / ("espeak-" + hashlib.sha256(stamp.encode()).hexdigest()[:12])
        if len(os.fsencode(folder)) > _ROOM:
            return self._private(packaged)
        if not folder.is_dir():
            try:
                _make(packaged, folder)
            except OSError:
                if not folder.is_dir():  # otherwise another worker was faster
                    return self._private(packaged)
        return folder

    def _private(self, packaged: Path) -> Path:
        import tempfile

        self._temporary = Path(tempfile.mkdtemp(prefix="myna-"))
        return _fill(packaged, self._temporary)


def _cache() -> Path:
    configured = os.environ.get("XDG_CACHE_HOME")
    return (Path(configured) if configured else Path.home() / ".cache") / "myna"


def _make(packaged: Path, folder: Path) -> None:
    """Make `folder` at once, whole or not at all."""
    import shutil  # these two are needed once per machine, and slow to load
    import tempfile

    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=folder.name, dir=folder.parent))
    try:
        _fill(packaged, fresh)
        fresh.rename(folder)
    except OSError:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


def _fill(packaged: Path, folder: Path) -> Path:
    for entry in packaged.iterdir():
        if entry.name != "voices":
            (folder / entry.name).symlink_to(entry)
    variants = folder / "voices" / "!v"
    variants.mkdir(parents=True)
    if hasattr(os, "memfd_create"):
        (variants / NAME).symlink_to(f"/proc/self/fd/{_DESCRIPTOR}")
    return folder
