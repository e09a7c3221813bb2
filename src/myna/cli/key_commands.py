"""The commands on keys. What a command needs is imported when it runs, so that help is quick."""

from __future__ import annotations

import typer

from myna.cli import options as opt

keys_app = typer.Typer(help="Make, list and revoke the API keys of a server.", no_args_is_help=True)


@keys_app.command("create")
def create_key(
    name: opt.KeyName,
    scope: opt.Scopes = None,
    contexts: opt.Contexts = None,
    sockets: opt.Sockets = None,
    requests: opt.Requests = None,
    owner: opt.Owner = None,
    data: opt.Data = None,
    database: opt.Database = None,
) -> None:
    """Make a key; a server that runs takes it at once.

    Standard output is the key itself and nothing else. It is shown this once:

    KEY=$(myna keys create "The radio")
    """
    from myna.cli import keys
    from myna.speech.access import SCOPES, KeyLimits

    scopes = [each.value for each in scope or ()] or SCOPES
    limits = KeyLimits(contexts, sockets, requests)
    keys.create(keys.Place(data, database), name, scopes, limits, owner)


@keys_app.command("list")
def list_keys(
    as_json: opt.Json = False,
    data: opt.Data = None,
    database: opt.Database = None,
) -> None:
    """List the keys, with what was used with each in the last 30 days."""
    from myna.cli import keys

    keys.show(keys.Place(data, database), as_json=as_json)


@keys_app.command("revoke")
def revoke_key(
    key: opt.KeyId,
    data: opt.Data = None,
    database: opt.Database = None,
) -> None:
    """Refuse a key from now on, and all that was made with it; a server that runs does so at once."""
    from myna.cli import keys

    keys.revoke(keys.Place(data, database), key)
