"""The commands of `myna voices`. What a command needs is imported when it runs, so that help is quick."""

from __future__ import annotations

import typer

from myna.cli import options as opt

app = typer.Typer(help="List voices, show one, make, move and delete your own.", invoke_without_command=True)


@app.callback()
def _voices(
    context: typer.Context,
    language: opt.Language = None,
    gender: opt.Gender = None,
    search: opt.Search = None,
    mine: opt.Mine = False,
    as_json: opt.Json = False,
    base_url: opt.BaseUrl = None,
    api_key: opt.ApiKey = None,
    data: opt.DataHere = None,
) -> None:
    """List voices, show one, make, move and delete your own."""
    if context.invoked_subcommand is None:
        list_voices(language, gender, search, mine, as_json, base_url, api_key, data)


@app.command("list")
def list_voices(
    language: opt.Language = None,
    gender: opt.Gender = None,
    search: opt.Search = None,
    mine: opt.Mine = False,
    as_json: opt.Json = False,
    base_url: opt.BaseUrl = None,
    api_key: opt.ApiKey = None,
    data: opt.DataHere = None,
) -> None:
    """List voices, your own first: all of them, or those that match every option."""
    from myna.cli import listing, terminal, voices
    from myna.cli.servers import Server

    server = Server(base_url, api_key, data)
    entries = voices.chosen(voices.own(server) if mine else voices.of(server), language, gender, search)
    if as_json:
        listing.print_json(entries)
    elif entries:
        listing.print_table(entries)
    elif mine and not (language or gender or search):
        terminal.remark("You have no voices yet; `myna clone FILE --name NAME` makes one of a recording.")
    else:
        terminal.remark("No voice is like that; try fewer words or options.")


@app.command("show")
def show_voice(
    voice: opt.Wanted,
    as_json: opt.Json = False,
    base_url: opt.BaseUrl = None,
    api_key: opt.ApiKey = None,
    data: opt.DataHere = None,
) -> None:
    """Show all about one voice."""
    from myna.cli import listing, voices
    from myna.cli.servers import Server

    entry = voices.find(Server(base_url, api_key, data), voice)
    listing.print_json(entry) if as_json else listing.print_card(entry)


@app.command("clone")
def clone_voice(
    clip: opt.Clip,
    name: opt.Named,
    language: opt.ClipLanguage = None,
    enhance: opt.Enhance = False,
    consent: opt.Consent = False,
    transcript: opt.Transcript = None,
    accent: opt.Accent = None,
    description: opt.Described = "",
    base: opt.Base = None,
    as_json: opt.Json = False,
    base_url: opt.BaseUrl = None,
    api_key: opt.ApiKey = None,
    data: opt.DataHere = None,
) -> None:
    """Make a voice that sounds like a recording of somebody: five to thirty seconds of speech will do.

    myna clone me.wav --name "My voice"

    myna say "It is me, or nearly so." --voice "My voice" --play
    """
    from myna.cli import listing, making
    from myna.cli.servers import Server

    made = making.clone(
        Server(base_url, api_key, data), clip, name, language=language, base=base,
        enhance=enhance or None, consent=consent or None, transcript=transcript, accent=accent,
        description=description or None,
    )  # fmt: skip
    listing.print_made(made, as_json=as_json)


@app.command("embed")
def embed_voice(
    clip: opt.Clip,
    enhance: opt.Enhance = False,
    consent: opt.Consent = False,
    base_url: opt.BaseUrl = None,
    api_key: opt.ApiKey = None,
    data: opt.DataHere = None,
) -> None:
    """Print the embedding of whoever speaks in a recording, as JSON; nothing is kept."""
    import json

    from myna.cli import making
    from myna.cli.servers import Server

    server = Server(base_url, api_key, data)
    print(json.dumps(making.embed(server, clip, enhance=enhance, consent=consent)))


@app.command("create")
def create_voice(
    file: opt.Numbers,
    name: opt.NamedPerhaps = None,
    description: opt.DescribedPerhaps = None,
    language: opt.NativeLanguage = None,
    as_json: opt.Json = False,
    base_url: opt.BaseUrl = None,
    api_key: opt.ApiKey = None,
    data: opt.DataHere = None,
) -> None:
    """Make a voice of an embedding."""
    from myna.cli import listing, making
    from myna.cli.servers import Server

    server = Server(base_url, api_key, data)
    made = making.create(server, file, name, description=description, language=language)
    listing.print_made(made, as_json=as_json)


@app.command("mix")
def mix_voices(
    parts: opt.Parts,
    name: opt.Named,
    description: opt.DescribedPerhaps = None,
    language: opt.NativeLanguage = None,
    as_json: opt.Json = False,
    base_url: opt.BaseUrl = None,
    api_key: opt.ApiKey = None,
    data: opt.DataHere = None,
) -> None:
    """Make a voice between others.

    myna voices mix Wren=0.6 Otis=0.4 --name Between
    """
    from myna.cli import listing, making
    from myna.cli.servers import Server

    server = Server(base_url, api_key, data)
    made = making.mix(server, parts, name, description=description, language=language)
    listing.print_made(made, as_json=as_json)


@app.command("localize")
def localize_voice(
    voice: opt.Wanted,
    name: opt.Named,
    language: opt.NativeLanguage = None,
    accent: opt.Accent = None,
    dialect: opt.Dialect = None,
    description: opt.DescribedPerhaps = None,
    as_json: opt.Json = False,
    base_url: opt.BaseUrl = None,
    api_key: opt.ApiKey = None,
    data: opt.DataHere = None,
) -> None:
    """Make a voice with the timbre of another that speaks another language or accent.

    myna voices localize Wren --language de --name "Wren auf Deutsch"
    """
    from myna.cli import listing, making
    from myna.cli.servers import Server

    made = making.localize(
        Server(base_url, api_key, data), voice, name,
        language=language, accent=accent, dialect=dialect, description=description,
    )  # fmt: skip
    listing.print_made(made, as_json=as_json)


@app.command("delete")
def delete_voices(
    voice: opt.Doomed,
    yes: opt.Yes = False,
    as_json: opt.Json = False,
    base_url: opt.BaseUrl = None,
    api_key: opt.ApiKey = None,
    data: opt.DataHere = None,
) -> None:
    """Forget voices of your own, and the recordings they were made of."""
    from myna.cli import listing, making, terminal
    from myna.cli.servers import Server

    gone = making.delete(Server(base_url, api_key, data), voice, sure=yes)
    if as_json:
        listing.print_json(gone)
    else:
        terminal.remark(f"Deleted {', '.join(entry.name for entry in gone)}.")


@app.command("preview")
def preview_voice(
    voice: opt.Wanted,
    output: opt.Preview = None,
    play: opt.Play = False,
    quiet: opt.Quiet = False,
    base_url: opt.BaseUrl = None,
    api_key: opt.ApiKey = None,
    data: opt.DataHere = None,
) -> None:
    """Let a voice say a sentence of its language, into a file or out loud."""
    from myna.cli.servers import Server
    from myna.cli.trying import preview

    raise typer.Exit(preview(Server(base_url, api_key, data), voice, output, play=play, quiet=quiet))


@app.command("export")
def export_voice(
    voice: opt.Wanted,
    output: opt.ParcelOut = None,
    base_url: opt.BaseUrl = None,
    api_key: opt.ApiKey = None,
    data: opt.DataHere = None,
) -> None:
    """Write a voice of your own into a file, with its recording, to be moved to another machine."""
    from myna.cli.moving import export
    from myna.cli.servers import Server

    export(Server(base_url, api_key, data), voice, output)


@app.command("import")
def import_voice(
    file: opt.Parcel,
    anew: opt.Anew = False,
    as_json: opt.Json = False,
    base_url: opt.BaseUrl = None,
    api_key: opt.ApiKey = None,
    data: opt.DataHere = None,
) -> None:
    """Keep a voice that was exported elsewhere."""
    from myna.cli.listing import print_made
    from myna.cli.moving import bring
    from myna.cli.servers import Server

    print_made(bring(Server(base_url, api_key, data), file, anew=anew), as_json=as_json)
