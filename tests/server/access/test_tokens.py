from __future__ import annotations

import base64
import json
import stat
import time
from pathlib import Path

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from myna.server.access.tokens import SECRET_FILE, Token, Tokens
from myna.speech.errors import AuthError, UsageError

SECRET = "of the tests, and long enough for anybody"
TOKENS = Tokens(SECRET)
GOOD = TOKENS.make("key_0", ["tts", "stt"], 3600)
CLAIMS = {"grants": {"tts": True}, "jti": "j", "iat": 1, "exp": 2**40, "iss": "myna", "sub": "key_0"}


def signed(claims: dict[str, object]) -> str:
    """A token with any claims, signed with the right secret."""
    return jwt.encode(claims, TOKENS._secret, "HS256")


def test_what_is_in_a_token() -> None:
    before = int(time.time())
    token = TOKENS.make("key_0", ["tts"], 60)
    header = jwt.get_unverified_header(token)
    assert header["alg"] == "HS256"
    assert header["kid"].startswith("ssid_")
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["grants"] == {"tts": True}
    assert claims["exp"] - claims["iat"] == 60
    assert before <= claims["iat"] <= time.time()
    assert (claims["iss"], claims["sub"]) == ("myna", "key_0")
    assert claims["jti"] != jwt.decode(GOOD, options={"verify_signature": False})["jti"]
    assert TOKENS.read(token) == Token("key_0", frozenset({"tts"}))


def test_without_a_key_it_is_nobody_s() -> None:
    assert TOKENS.read(TOKENS.make(None, [], 60)) == Token(None, frozenset())


def test_it_ends() -> None:
    TOKENS.read(TOKENS.make("key_0", ["tts"], 60, now=time.time() - 30))
    with pytest.raises(AuthError, match="expired"):
        TOKENS.read(TOKENS.make("key_0", ["tts"], 60, now=time.time() - 61))


def test_servers_whose_clocks_differ_agree() -> None:
    TOKENS.read(TOKENS.make("key_0", ["tts"], 60, now=time.time() + 30))


def test_the_same_secret_reads_it_anywhere_and_no_other_does() -> None:
    assert Tokens(SECRET).read(GOOD).key_id == "key_0"
    with pytest.raises(AuthError, match="not made here"):
        Tokens(SECRET + "!").read(GOOD)
    assert Tokens(SECRET).mark("a") == TOKENS.mark("a") != Tokens(SECRET + "!").mark("a")
    assert TOKENS.mark("a") != TOKENS.mark("b")


def test_no_other_algorithm_is_taken() -> None:
    none = jwt.encode(CLAIMS, None, "none")
    bare = none.rpartition(".")[0]
    for forged in (none, bare + ".", f"{bare}.{GOOD.rpartition('.')[2]}"):
        with pytest.raises(AuthError, match="not made here"):
            TOKENS.read(forged)


@pytest.mark.parametrize("missing", sorted(CLAIMS))
def test_every_claim_is_needed(missing: str) -> None:
    assert TOKENS.read(signed(CLAIMS)).grants == {"tts"}
    with pytest.raises(AuthError):
        TOKENS.read(signed({name: value for name, value in CLAIMS.items() if name != missing}))


@pytest.mark.parametrize(
    "claims",
    [
        {"grants": ["tts"]},
        {"grants": None},
        {"iss": "somebody"},
        {"exp": "tomorrow"},
        {"exp": 1},
        {"sub": 7},
        {"sub": ["key_0"]},
    ],
    ids=str,
)
def test_claims_of_the_wrong_kind(claims: dict[str, object]) -> None:
    with pytest.raises(AuthError):
        TOKENS.read(signed({**CLAIMS, **claims}))


def test_only_true_is_a_grant() -> None:
    grants = {"tts": 1, "stt": "true", "agent": True, "voices": False}
    assert TOKENS.read(signed({**CLAIMS, "grants": grants})).grants == {"agent"}


@given(st.text() | st.from_regex(r"[\w-]{0,40}\.[\w-]{0,40}\.[\w-]{0,40}", fullmatch=True))
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(AuthError):
        TOKENS.read(text)


@given(st.data())
def test_a_changed_token_is_refused(data: st.DataObject) -> None:
    letters = list(GOOD)
    place = data.draw(st.integers(0, len(letters) - 1))
    letters[place] = data.draw(st.characters(codec="ascii", exclude_characters=letters[place]))
    changed = "".join(letters)
    if _same_bytes(changed):
        return
    with pytest.raises(AuthError):
        TOKENS.read(changed)


@given(
    st.dictionaries(st.sampled_from([*CLAIMS, "x"]), st.integers() | st.text() | st.booleans() | st.none())
)
def test_claims_that_somebody_else_signed_are_refused(claims: dict[str, object]) -> None:
    head, _, signature = GOOD.split(".")
    body = base64.urlsafe_b64encode(json.dumps({**CLAIMS, **claims}).encode()).rstrip(b"=").decode()
    with pytest.raises(AuthError):
        TOKENS.read(f"{head}.{body}.{signature}")


def _same_bytes(token: str) -> bool:
    """Whether a text stands for the bytes of the good token: the last letters have bits to spare."""

    def read(text: str) -> list[bytes]:
        return [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in text.split(".")]

    try:
        return len(token.split(".")) == 3 and read(token) == read(GOOD)
    except ValueError:
        return False


class TestSecretInTheFolder:
    def test_it_is_made_once_for_its_owner_only(self, tmp_path: Path) -> None:
        made = Tokens.of_folder(tmp_path)
        token = made.make("key_0", ["tts"], 60)
        again = Tokens.of_folder(tmp_path)
        assert again.read(token).key_id == "key_0"
        assert stat.S_IMODE((tmp_path / SECRET_FILE).stat().st_mode) == 0o600
        assert [path.name for path in tmp_path.iterdir()] == [SECRET_FILE]

    @pytest.mark.parametrize("broken", [b"", b"short", b"\xff" * 64])
    def test_a_broken_one_is_made_anew(self, tmp_path: Path, broken: bytes) -> None:
        (tmp_path / SECRET_FILE).write_bytes(broken)
        (tmp_path / f"{SECRET_FILE}.new").write_bytes(broken)
        token = Tokens.of_folder(tmp_path).make(None, [], 60)
        Tokens.of_folder(tmp_path).read(token)

    def test_where_it_cannot_be_kept(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="cannot be kept"):
            Tokens.of_folder(tmp_path / "missing")
