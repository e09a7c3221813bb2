"""The command that changes voices. What it needs is imported when it runs, so that help is quick."""

from __future__ import annotations

import typer

from myna.cli import changing_options as opts
from myna.cli import options as opt


def change(
    files: opts.Recordings = None,
    *,
    voice: opts.Voice,
    live: opts.Live = False,
    output: opts.Out = None,
    quiet: opt.Quiet = False,
    container: opt.Format = None,
    rate: opts.Rate = None,
    encoding: opts.Encoding = None,
    bit_rate: opt.BitRate = None,
    input_encoding: opts.InEncoding = None,
    input_rate: opts.InRate = None,
    base_url: opt.BaseUrl = None,
    api_key: opt.ApiKey = None,
    data: opt.DataHere = None,
) -> None:
    """Say the same with the same melody in another voice.

    myna change talk.mp3 --voice Wren -o changed.wav

    myna change *.wav --voice Wren -o changed/ --format mp3

    arecord -q -f S16_LE -r 16000 -t raw | myna change --live --voice Wren | aplay -q -f S16_LE -r 16000

    The exit status is 1 when one of several could not be done; the others are done all the same.
    """
    from myna.cli.servers import Server
    from myna.speech.errors import UsageError

    server = Server(base_url, api_key, data)
    if live:
        from myna.cli.change_live import change_live, formats

        if files or output or container or bit_rate:
            raise UsageError("--live changes standard input to standard output; leave out files and formats.")
        wanted = formats(input_encoding or encoding, input_rate or rate, encoding, rate)
        raise typer.Exit(change_live(server, voice, *wanted, quiet=quiet))
    from myna.cli.change import Wish, named_output
    from myna.cli.change import change as run
    from myna.cli.files import format_of
    from myna.cli.transcribe import input_format

    if not files:
        raise UsageError("There is nothing to change; name a recording, or add --live.")
    format = format_of(named_output(output, len(files)), container, encoding, rate, bit_rate)
    wish = Wish(voice, output, format, input_format(input_encoding, input_rate), quiet)
    raise typer.Exit(run(server, files, wish))
