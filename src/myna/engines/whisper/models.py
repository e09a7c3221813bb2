"""Where a Whisper model is: a folder, or a name that the hub's cache on this machine knows."""

from __future__ import annotations

import os

from myna.speech.errors import EngineError

DEFAULT = "base"
"""The model that is heard with where none is named."""
DOWNLOADS = "MYNA_ALLOW_DOWNLOADS"
"""Set to 1, this variable of the environment lets models be fetched."""

_NEEDED = {
    "model.bin": "convert the model with ct2-transformers-converter",
    "config.json": "convert the model with ct2-transformers-converter",
    "tokenizer.json": "copy the one of the original model into it",
}


def locate(model: str) -> str:
    """The folder of a model.

    Args:
        model: a folder that CTranslate2's converter wrote, a size such as `small` or `base.en`, or the id
            of a repository on the Hugging Face hub.

    Raises:
        EngineError: it is not on this machine and may or can not be fetched, or it lacks a file.
    """
    path = os.path.expanduser(model)
    if not os.path.isdir(path):
        path = _from_hub(model)
    for name, remedy in _NEEDED.items():
        if not os.path.isfile(os.path.join(path, name)):
            raise EngineError(f"The Whisper model {short(model)} has no {name}: {remedy}.")
    return path


def _from_hub(model: str) -> str:
    from faster_whisper.utils import available_models, download_model
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    allowed = os.environ.get(DOWNLOADS) == "1"
    if model not in available_models() and (model.count("/") != 1 or model.startswith((".", "/", "~"))):
        known = ", ".join(available_models())
        raise EngineError(
            f"There is no Whisper model {short(model)}: give a folder that exists, the id of a repository "
            f"such as 'Systran/faster-whisper-small', or one of {known}."
        )
    try:
        return str(download_model(model, local_files_only=not allowed))
    except (HFValidationError, ValueError) as error:
        if not isinstance(error, LocalEntryNotFoundError):
            raise EngineError(f"The hub has no Whisper model {short(model)}: {reason(error)}.") from None
    except OSError as error:
        if allowed:
            raise EngineError(
                f"The Whisper model {short(model)} could not be fetched: {reason(error)}. "
                "Look after the connection, or name the folder of a model that is on this machine."
            ) from None
    raise EngineError(
        f"The Whisper model {short(model)} is not on this machine: name its folder, as in "
        f"'faster-whisper:/path/to/model', or set {DOWNLOADS}=1 to let Myna download it."
    )


def short(model: str) -> str:
    """A model's name for an error message."""
    return repr(model if len(model) <= 80 else f"{model[:77]}...")


def reason(error: Exception) -> str:
    """What an error of a library says, in one line without a full stop."""
    return str(error).strip().partition("\n")[0][:200].rstrip(".") or type(error).__name__
