"""`import myna` is cheap and says what there is."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import myna

ROOT = Path(myna.__file__).parents[2]


def test_the_table_is_all_there_is():
    assert sorted(myna.__all__) == sorted([*myna._TABLE, "__version__"])
    assert set(myna.__all__) <= set(dir(myna))


@pytest.mark.parametrize("name", myna.__all__)
def test_each_name_can_be_loaded(name):
    value = getattr(myna, name)
    assert value is not None or name == "__version__"
    assert value is getattr(myna, name)
    assert name in vars(myna)


def test_type_checkers_see_the_same_names():
    tree = ast.parse(Path(myna.__file__).read_text())
    seen = set()
    for block in tree.body:
        if isinstance(block, ast.If):
            for node in ast.walk(block):
                if isinstance(node, ast.ImportFrom):
                    seen |= {alias.asname or alias.name for alias in node.names}
                elif isinstance(node, ast.Assign):
                    seen |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    assert seen == set(myna._TABLE)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="Nothing"):
        _ = myna.Nothing
    assert not hasattr(myna, "nothing_of_the_kind")


def test_the_version_is_that_of_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["project"]["version"] == myna.__version__


HEAVY = {"numpy", "httpx", "websockets", "msgspec", "asyncio", "ssl", "av", "starlette", "pydantic", "anyio"}


@pytest.mark.parametrize(
    ("code", "most"),
    [
        ("import myna", 75),
        ("import myna; myna.Myna(base_url='http://localhost:1', api_key='x')", 140),
        ("import myna; myna.Myna()", 140),
        ("import myna; myna.AsyncMyna()", 140),
    ],
)
def test_nothing_heavy_is_loaded_before_the_first_call(code, most):
    program = f"import sys; before = len(sys.modules); {code}; print(len(sys.modules) - before, *sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(ROOT / 'src')!r}); {program}"],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    count, *names = ended.stdout.split()
    assert not HEAVY & set(names), HEAVY & set(names)
    assert int(count) <= most


def test_types_are_a_module_to_import_from():
    program = (
        "from myna.types import Voice, VoiceSpecifierParam, WordTimestamps; import myna; print(myna.types)"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30)
    assert ended.returncode == 0, ended.stderr


def test_a_file_is_read_with_its_name(tmp_path):
    (tmp_path / "clip.wav").write_bytes(b"RIFF")
    assert myna.file_from_path(tmp_path / "clip.wav") == ("clip.wav", b"RIFF")


NAMES = """
    Accent AccessTokenCreateParams AccessTokenCreateResponse AttachVoiceAccent Gender GenderPresentation
    GetStatusResponse ListAccentsResponse LocalizeDialect LocalizeTargetLanguage PronunciationDict
    PronunciationDictCreateParams PronunciationDictItem PronunciationDictItemParam PronunciationDictListParams
    PronunciationDictUpdateParams SupportedLanguage TTSSSEEvent Voice VoiceAccent VoiceAddAccentsParams
    VoiceCloneParams VoiceGetParams VoiceListParams VoiceLocale VoiceLocalizeParams VoiceMetadata
    VoiceSpecifierParam VoiceUpdateParams WebsocketResponse WordTimestamps
    STTBatchModel STTEncoding STTErrorResponse STTTranscribeParams STTTranscribeResponse SttTranscribeParams
    SttTranscribeResponse
""".split()
STT_NAMES = """
    AutoFinalizeWebsocketParams ManualFinalizeWebsocketParams STTAutoFinalizeConnected STTAutoFinalizeModel
    STTAutoFinalizeTurnEagerEnd STTAutoFinalizeTurnEnd STTAutoFinalizeTurnResume STTAutoFinalizeTurnStart
    STTAutoFinalizeTurnUpdate STTAutoFinalizeWebsocketRequest STTAutoFinalizeWebsocketRequestParam
    STTAutoFinalizeWebsocketResponse STTManualFinalizeDoneResponse STTManualFinalizeFlushDoneResponse
    STTManualFinalizeModel STTManualFinalizeTranscriptResponse STTManualFinalizeWebsocketRequest
    STTManualFinalizeWebsocketResponse
""".split()


@pytest.mark.parametrize("name", NAMES)
def test_names_of_cartesia_s_types_are_there(name):
    assert name in myna.types.__all__ and getattr(myna.types, name) is not None
    assert myna.types.__all__ == sorted(myna.types.__all__)


def test_names_of_cartesia_s_types_for_listening_are_there():
    assert myna.types.stt.__all__ == sorted(STT_NAMES)
    assert all(hasattr(myna.types.stt, name) for name in STT_NAMES)
