"""Where credentials become a caller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from myna.server.access.credentials import is_token, shown
from myna.server.access.keyring import Keyring
from myna.server.access.rights import Right
from myna.server.access.tokens import Tokens
from myna.speech.access import LOCAL, Caller, Key, KeyLimits
from myna.speech.errors import AuthError, PermissionDenied

NO_LIMITS = KeyLimits()
"""Of its own: those of the server hold."""


@dataclass(frozen=True, slots=True)
class Pass:
    """What a credential is good for.

    Attributes:
        caller: whose it is.
        limits: what the key may do at once.
        grants: what an access token allows; None for a key.
    """

    caller: Caller
    limits: KeyLimits = NO_LIMITS
    grants: frozenset[str] | None = None


_EVERYBODY = Pass(LOCAL)


class Gate:
    """Lets requests in by what they show."""

    def __init__(self, keyring: Keyring, tokens: Tokens) -> None:
        self._keyring = keyring
        self._tokens = tokens

    async def check(self, right: Right, headers: Mapping[str, str], query: Mapping[str, str]) -> Pass:
        """Who asks; the first credential that is valid counts. Where no keys are set, none is looked at.

        Raises:
            AuthError: none was shown or none is valid.
            PermissionDenied: it is valid, but not for this.
            Overloaded: the library cannot be asked.
        """
        await self._keyring.refresh()
        if not self._keyring.needed:
            return _EVERYBODY
        problem = AuthError(
            "No API key was sent; send it as 'Authorization: Bearer KEY', as 'X-API-Key: KEY' "
            "or as the query parameter api_key."
        )
        for secret in shown(headers, query):
            try:
                entrant = await self._read(secret)
            except AuthError as error:
                problem = error
            else:
                _require(right, entrant)
                return entrant
        raise problem

    async def _read(self, secret: str) -> Pass:
        if (key := await self._keyring.find(secret)) is not None:
            return _pass(key)
        if not is_token(secret):
            raise AuthError(
                "This API key is not known here, or was revoked; check it for typing errors, "
                "or get another from who runs this server."
            )
        token = self._tokens.read(secret)
        key = None if token.key_id is None else await self._keyring.get(token.key_id)
        if key is None:
            raise AuthError("The key that this access token was made with is no longer good; use another.")
        return _pass(key, token.grants)


def _pass(key: Key, grants: frozenset[str] | None = None) -> Pass:
    scopes = key.scopes if grants is None else key.scopes & grants
    return Pass(Caller(key.owner, key.id, scopes), key.limits, grants)


def _require(right: Right, entrant: Pass) -> None:
    if entrant.grants is not None:
        if right.grant is None:
            raise PermissionDenied("An access token does not do here; use an API key.")
        if right.grant not in entrant.grants:
            raise PermissionDenied(
                f"This access token does not grant {right.grant}; make one that does, with "
                f'{{"grants": {{"{right.grant}": true}}}}.'
            )
    if right.scopes and entrant.caller.scopes.isdisjoint(right.scopes):
        raise PermissionDenied(
            f"This API key is not allowed this: it needs the scope {' or '.join(right.scopes)}; "
            "use a key that has it."
        )
