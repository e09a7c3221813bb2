"""The recordings that a command is given, and where what is made of them goes."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from myna.cli.files import STANDARD_OUTPUT, check_writable, replace_file
from myna.cli.hearing_options import TranscriptFormat
from myna.speech.errors import UsageError

STANDARD_INPUT = STANDARD_OUTPUT
"""`-`, on the side of input."""
INPUT_NAME = "standard input"


@dataclass(frozen=True, slots=True)
class Recording:
    """A file; `name` is what the person at the terminal calls it."""

    name: str
    path: Path


def recordings(files: Sequence[Path], stack: ExitStack) -> list[Recording]:
    """What is to be worked on; standard input is kept in a file until `stack` ends.

    Raises:
        UsageError: standard input is named twice, or holds nothing.
    """
    if files.count(STANDARD_INPUT) > 1:
        raise UsageError("Standard input can be read only once; give `-` only once.")
    return [
        Recording(INPUT_NAME, _kept(stack)) if file == STANDARD_INPUT else Recording(str(file), file)
        for file in files
    ]


def _kept(stack: ExitStack) -> Path:
    if sys.stdin.isatty():
        raise UsageError("Standard input is a terminal; pipe a recording in, or name a file.")
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="myna-")))
    path = folder / "recording"
    with path.open("wb") as file:
        shutil.copyfileobj(sys.stdin.buffer, file, 1 << 16)
        if not file.tell():
            raise UsageError("Standard input held nothing; pipe a recording in.")
    return path


class Shelf:
    """Where transcripts go: one file, a folder with one for each recording, or standard output.

    A transcript is written as a whole or not at all.
    """

    def __init__(self, output: Path | None, form: TranscriptFormat, all: Sequence[Recording]) -> None:
        """Find out where all of them go.

        Raises:
            UsageError: it cannot be written there.
        """
        self.ordered = output is None or output == STANDARD_OUTPUT
        self._titled = len(all) > 1 and form is not TranscriptFormat.json
        self._begun = False
        self._paths: dict[Recording, Path] = {}
        if output is not None and not self.ordered:
            self._paths = places(output, all, form.suffix)

    def put(self, recording: Recording, text: str) -> Path | None:
        """Hand over a transcript; where it is now, None on standard output.

        Raises:
            UsageError: it cannot be written.
        """
        path = self._paths.get(recording)
        if path is not None:
            replace_file(path, text.encode())
            return path
        if self._titled:
            text = f"{chr(10) * self._begun}==> {recording.name} <==\n{text}"
        self._begun = True
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()
        return None


def places(output: Path, all: Sequence[Recording], suffix: str) -> dict[Recording, Path]:
    """The file for each recording: `output` itself for a single one, else one each in that folder.

    The folder is made where there is none.

    Raises:
        UsageError: one cannot be written.
    """
    if len(all) == 1 and not is_folder(output):
        check_writable(output)
        return {all[0]: output}
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = "is a file" if output.is_file() else f"cannot be made: {error.strerror}"
        raise UsageError(f"{output} {reason}; several files need a folder.") from None
    found = {each: output / name for each, name in zip(all, _names(all, suffix), strict=True)}
    for path in found.values():
        check_writable(path)
    return found


def form_of(form: TranscriptFormat | None, output: Path | None) -> TranscriptFormat:
    """The form that was asked for, else that of the file's name, else text."""
    if form is not None:
        return form
    suffix = output.suffix.lower() if output is not None and not is_folder(output) else ""
    return next((each for each in TranscriptFormat if each.suffix == suffix), TranscriptFormat.text)


def is_folder(path: Path) -> bool:
    """Whether files are to be put into it."""
    return path.is_dir() or os.fspath(path) in (os.curdir, os.pardir)


def _names(all: Sequence[Recording], suffix: str) -> list[str]:
    """Names of files, each different: of the recording without its extension, with it where that is shared.

    Recordings of the same name, from different folders, are numbered.
    """
    stems = [recording.name.replace(INPUT_NAME, "stdin") for recording in all]
    short = Counter(Path(name).stem for name in stems)
    wanted = [Path(name).stem if short[Path(name).stem] == 1 else Path(name).name for name in stems]
    taken: set[str] = set()
    names: list[str] = []
    for name in wanted:
        free = name
        for number in range(2, len(all) + 2):
            if free not in taken:
                break
            free = f"{name}-{number}"
        taken.add(free)
        names.append(free + suffix)
    return names
