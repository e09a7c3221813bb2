"""Voices as files, on their way from one machine to another."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from myna.cli import terminal, voices
from myna.cli.files import STANDARD_OUTPUT, replace_file
from myna.cli.trying import file_name
from myna.speech.errors import UsageError

if TYPE_CHECKING:
    from myna.cli.servers import Server
    from myna.cli.voices import Entry

SUFFIX = ".myna-voice"
"""Of the files in which voices are moved."""


def export(server: Server, wanted: str, output: Path | None) -> None:
    """Write a voice of one's own, with its recording, into a file that only its owner can read.

    Raises:
        VoiceNotFound: there is no such voice.
        PermissionDenied: it is built in, or somebody else's.
        UsageError: the file cannot be written.
    """
    entry = voices.find_own(server, wanted)
    with terminal.working(f"Packing {entry.name}"), server.client() as client:
        data = client.voices.export(entry.id).read()
    if output == STANDARD_OUTPUT:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    path = output or Path(f"{file_name(entry.name)}{SUFFIX}")
    replace_file(path, data, mode=0o600)
    terminal.remark(f"{path}: {entry.name}, {len(data) / 1e6:.1f} MB; `myna voices import` brings it in.")


def bring(server: Server, file: Path, *, anew: bool) -> Entry:
    """Keep the voice of such a file; `-` is standard input.

    Raises:
        UsageError: there is no such file.
        InvalidRequest: it holds no voice, or one that is here already.
    """
    if file != STANDARD_OUTPUT and not file.is_file():
        raise UsageError(f"{file} is no file; give one that `myna voices export` wrote.")
    with terminal.working(f"Unpacking {file.name}"), server.client() as client:
        content = ("parcel", sys.stdin.buffer.read()) if file == STANDARD_OUTPUT else file
        made = client.voices.import_(content, anew=anew)
    return voices.find(server, made.id)
