"""The terminal door: `myna say`, `myna transcribe`, `myna listen`, `myna serve` and more."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program `myna` and return its exit status: 0 well, 1 failed, 2 misused, 130 interrupted.

    Errors end in one line on standard error; with `--debug` (or MYNA_DEBUG) they raise.
    """
    from myna.cli.app import app
    from myna.speech.errors import MynaError, UsageError

    _open_streams()
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return int(app(given, prog_name="myna", standalone_mode=True) or 0)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        from myna.cli import terminal

        terminal.drop_output()
        return 141
    except Exception as error:
        from myna.cli import terminal

        if os.environ.get("MYNA_DEBUG"):
            raise
        if isinstance(error, MynaError):
            terminal.complain(terminal.told(error))
            return terminal.MISUSED if isinstance(error, UsageError) else terminal.FAILED
        terminal.complain(f"{type(error).__name__}: {error} (run `myna --debug …` to see where)")
        return terminal.FAILED


def _open_streams() -> None:
    """Let standard streams that were closed lead nowhere: nothing else gets their numbers then."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))
