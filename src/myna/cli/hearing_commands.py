"""The commands that listen. What they need is imported when they run, so that help is quick."""

from __future__ import annotations

import typer

from myna.cli import hearing_options as hear
from myna.cli import options as opt


def transcribe(
    files: hear.Recordings,
    form: hear.Form = None,
    output: hear.Out = None,
    words: hear.Words = False,
    quiet: opt.Quiet = False,
    language: hear.Spoken = None,
    model: hear.Ears = "ink-whisper",
    keyterm: hear.Keyterms = None,
    encoding: hear.RawEncoding = None,
    rate: hear.RawRate = None,
    base_url: opt.BaseUrl = None,
    api_key: opt.ApiKey = None,
    data: opt.DataHere = None,
) -> None:
    """Write down what is said in recordings.

    myna transcribe talk.mp3

    myna transcribe *.m4a --format srt -o subtitles/

    The exit status is 1 when one of them could not be done; the others are done all the same.
    """
    from myna.cli.recordings import form_of
    from myna.cli.servers import Server
    from myna.cli.transcribe import Wish, manner_of
    from myna.cli.transcribe import transcribe as run

    manner = manner_of(model, language, keyterm or (), encoding, rate)
    wish = Wish(form_of(form, output), output, words, quiet)
    raise typer.Exit(run(Server(base_url, api_key, data), files, manner, wish))


def listen(
    source: hear.Live = None,
    form: hear.EventForm = hear.EventFormat.text,
    turns: hear.ByTurns = False,
    quiet: opt.Quiet = False,
    language: hear.Spoken = None,
    model: hear.Ears = "ink-whisper",
    keyterm: hear.Keyterms = None,
    encoding: hear.RawEncoding = None,
    rate: hear.RawRate = None,
    base_url: opt.BaseUrl = None,
    api_key: opt.ApiKey = None,
    data: opt.DataHere = None,
) -> None:
    """Write down what is said while it is said, until Ctrl-C or the end of the audio.

    myna listen

    arecord -q -f S16_LE -r 16000 -t raw | myna listen -
    """
    from myna.cli.listen import Wish
    from myna.cli.listen import listen as run
    from myna.cli.servers import Server
    from myna.cli.transcribe import manner_of

    manner = manner_of(model, language, keyterm or (), encoding, rate)
    wish = Wish(form is hear.EventFormat.json, turns, quiet)
    raise typer.Exit(run(Server(base_url, api_key, data), source, manner, wish))
