"""Access tokens: short-lived credentials that a key gives away, for browsers and phones."""

from __future__ import annotations

import contextlib
import hmac
import os
import re
import secrets
import time
from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import jwt

from myna.speech.access import LOCAL_OWNER
from myna.speech.errors import AuthError, UsageError

ISSUER = "myna"
"""Who the tokens say has made them."""

SECRET_FILE = "token-secret"
"""Name of the file in the data folder that tokens are signed with."""

_KEPT = re.compile(r"[0-9a-f]{64}\s*", re.ASCII)
_FOREIGN = "This access token was not made here, or is damaged; make one with POST /access-token."
_CLAIMS = ("exp", "iat", "iss", "jti", "sub", "grants")


@dataclass(frozen=True, slots=True)
class Token:
    """What a token says.

    Attributes:
        key_id: the key it was made with; None where it was made without one.
        grants: what it allows.
    """

    key_id: str | None
    grants: frozenset[str]


class Tokens:
    """Makes and reads tokens that are signed with one secret (JWT, HS256)."""

    def __init__(self, secret: str) -> None:
        self._secret = sha256(b"myna access tokens\0" + secret.encode()).digest()
        self._kid = f"ssid_{self.mark('kid')}"

    @classmethod
    def of_folder(cls, data: Path) -> Tokens:
        """Sign with the secret in a data folder, which is made where it is missing.

        Raises:
            UsageError: it can be neither read nor made.
        """
        path = data / SECRET_FILE
        try:
            with contextlib.suppress(FileNotFoundError, UnicodeDecodeError):
                if _KEPT.fullmatch(kept := path.read_text(encoding="ascii")):
                    return cls(kept.strip())
            secret = secrets.token_hex(32)
            _write(path, secret)
        except OSError as error:
            raise UsageError(
                f"The secret of access tokens cannot be kept in {path}: {error.strerror}."
            ) from None
        return cls(secret)

    def mark(self, text: str) -> str:
        """16 digits that stand for a text and do not give it away; the same whenever the secret is."""
        return hmac.new(self._secret, f"mark\0{text}".encode(errors="surrogatepass"), sha256).hexdigest()[:16]

    def make(
        self, key_id: str | None, grants: Collection[str], seconds: int, *, now: float | None = None
    ) -> str:
        """A token that is good for some seconds.

        Args:
            key_id: the key that it is made with.
            grants: what it allows.
            seconds: how long.
            now: when it is made, as seconds since 1970; None for the present.
        """
        made = int(time.time() if now is None else now)
        claims = {
            "grants": dict.fromkeys(sorted(grants), True),
            "jti": str(uuid4()),
            "iat": made,
            "exp": made + seconds,
            "iss": ISSUER,
            "sub": key_id or LOCAL_OWNER,
        }
        return jwt.encode(claims, self._secret, "HS256", {"kid": self._kid})

    def read(self, token: str) -> Token:
        """What a token says.

        Raises:
            AuthError: it has expired, or was not made with this secret.
        """
        try:
            claims = jwt.decode(
                token,
                self._secret,
                algorithms=["HS256"],
                issuer=ISSUER,
                # clocks of servers that share a secret differ: when it was made decides nothing
                options={"require": list(_CLAIMS), "verify_iat": False, "verify_aud": False},
            )
        except jwt.ExpiredSignatureError:
            raise AuthError("This access token has expired; make a new one.") from None
        except (jwt.PyJWTError, ValueError, RecursionError):
            raise AuthError(_FOREIGN) from None
        grants, subject = claims["grants"], claims["sub"]
        if not isinstance(grants, dict):
            raise AuthError(_FOREIGN)
        allowed = frozenset(name for name, allowed in grants.items() if allowed is True)
        return Token(None if subject == LOCAL_OWNER else subject, allowed)


def _write(path: Path, secret: str) -> None:
    """Make the file whole at once, readable for its owner only."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(f"{secret}\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)
