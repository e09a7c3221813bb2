"""`myna voices preview`: a sentence by a voice."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from myna.cli import voices
from myna.cli.files import format_of
from myna.cli.say import Wish, say
from myna.cli.saying import Manner
from myna.cli.script import Script
from myna.providers.local.sentences import sentence

if TYPE_CHECKING:
    from myna.cli.servers import Server


def preview(server: Server, wanted: str, output: Path | None, *, play: bool, quiet: bool) -> int:
    """Let a voice say a sentence of its language, into a file or out loud; the exit status.

    Raises:
        VoiceNotFound: there is no such voice.
        UsageError: the file cannot be written.
    """
    entry = voices.find(server, wanted)
    if output is None and not play:
        output = Path(f"{file_name(entry.name)}.wav")
    wish = Wish(output, format_of(output, None, None, None, None), play, quiet=quiet)
    return say(server, Script(sentence(entry.language)), Manner(entry.id), wish)


def file_name(name: str) -> str:
    """The name of a voice as that of a file, without an extension."""
    return re.sub(r"[^\w.-]+", "-", name).strip("-.")[:80] or "voice"
