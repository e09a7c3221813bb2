"""The commands and their options. What a command needs is imported when it runs, so that help is quick."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from myna.cli import options as opt
from myna.cli.changing_commands import change
from myna.cli.hearing_commands import listen, transcribe
from myna.cli.key_commands import keys_app
from myna.cli.voice_commands import app as voices_app
from myna.cli.voice_commands import clone_voice

app = typer.Typer(
    name="myna",
    help="One voice for your programs and your terminal, offline: speak, listen, change and clone voices.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(voices_app, name="voices")
app.command("clone")(clone_voice)
app.add_typer(keys_app, name="keys")


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            typer.echo(f"myna {version('myna')}")
        except PackageNotFoundError:
            typer.echo("myna (not installed as a package)")
        raise typer.Exit


@app.callback()
def _program(
    debug: opt.Debug = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    if debug:
        os.environ["MYNA_DEBUG"] = "1"


@app.command()
def say(
    text: opt.Text = None,
    file: opt.Source = None,
    output: opt.Output = None,
    play: opt.Play = False,
    quiet: opt.Quiet = False,
    voice: opt.VoiceName = None,
    language: opt.TextLanguage = None,
    model: opt.Model = "sonic-latest",
    speed: opt.Speed = None,
    volume: opt.Volume = None,
    emotion: opt.Emotion = None,
    subtitles: opt.Subtitles = None,
    container: opt.Format = None,
    rate: opt.Rate = None,
    encoding: opt.SampleEncoding = None,
    bit_rate: opt.BitRate = None,
    base_url: opt.BaseUrl = None,
    api_key: opt.ApiKey = None,
    data: opt.DataHere = None,
) -> None:
    """Say a text: into a file, out loud, or both.

    myna say "Hello!" -o hello.wav

    myna say --file story.txt --voice Otis -o story.mp3 --subtitles story.srt

    some-program | myna say --play
    """
    from myna.cli.files import format_of
    from myna.cli.say import Wish, manner_of
    from myna.cli.say import say as speak
    from myna.cli.script import script
    from myna.cli.servers import Server

    server = Server(base_url, api_key, data)
    what = script(text, file)
    wish = Wish(output, format_of(output, container, encoding, rate, bit_rate), play, subtitles, quiet)
    wish.check()
    manner = manner_of(server, voice, model, language, speed, volume, emotion)
    raise typer.Exit(speak(server, what, manner, wish))


app.command("transcribe")(transcribe)
app.command("listen")(listen)
app.command("change")(change)


@app.command()
def serve(
    host: opt.Host = "127.0.0.1",
    port: opt.Port = 8000,
    api_key: opt.Keys = None,
    tls: opt.Tls = None,
    data: opt.Data = None,
    database: opt.Database = None,
    clips: opt.Clips = None,
    contexts_per_key: opt.ContextsPerKey = 256,
    sockets_per_key: opt.SocketsPerKey = None,
    requests_per_minute: opt.RequestsPerMinute = None,
    require_consent: opt.RequireConsent = False,
    clone_from_urls: opt.CloneFromUrls = None,
    workers: opt.Workers = None,
    any_model: opt.AnyModel = False,
    whisper_models: opt.WhisperModels = None,
    longest_recording: opt.LongestRecording = 12 * 3600.0,
    cors: opt.Cors = None,
    log_level: opt.Logging = opt.LogLevel.info,
) -> None:
    """Serve speech over HTTP and WebSockets, to the official clients too.

    Prints one line with its URL when it is ready to answer. SIGTERM or Ctrl-C lets running speech end first.
    """
    from myna.cli.serve import serve as run
    from myna.library.place import default_data_folder
    from myna.server.settings import Limits, Settings

    limits = Limits(
        contexts_per_key=contexts_per_key,
        sockets_per_key=sockets_per_key,
        requests_per_minute=requests_per_minute,
    )
    settings = Settings(
        host=host,
        port=port,
        keys=tuple(api_key or ()),
        data=data or default_data_folder(),
        database=database,
        clips=clips,
        require_consent=require_consent,
        clone_from_urls=clone_from_urls.value if clone_from_urls else None,
        tls="self-signed" if tls else None,
        workers=workers,
        any_model=any_model,
        whisper_models=tuple(whisper_models or ()),
        longest_recording=longest_recording,
        cors_origins=tuple(cors or ("*",)),
        limits=limits,
    )
    raise typer.Exit(run(settings, log_level))


@app.command()
def doctor(port: opt.Port = 8000, as_json: opt.Json = False, data: opt.DataHere = None) -> None:
    """Check what works here; the exit status is 1 when something needed does not."""
    from myna.cli.doctor import examine
    from myna.cli.findings import report

    raise typer.Exit(report(examine(port, data), as_json=as_json))
