"""The voices that users made."""

from __future__ import annotations

import contextlib
import logging
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from myna.library import rows
from myna.library.clips import Clips
from myna.library.database import Database
from myna.library.paging import Position, beyond, newest_first
from myna.library.tables import drafts, likenesses, voices
from myna.speech.errors import NotFound, Overloaded, UsageError, VoiceNotFound
from myna.speech.pages import Page
from myna.speech.voices import IDEMPOTENCY_SECONDS, Voice, VoiceChanges, VoiceFilter, fold

_LISTED = (*voices.c, likenesses.c.embedding, likenesses.c.measured)
_log = logging.getLogger(__name__)


class Voices:
    """Voices, each with what was measured of it and the clip it was made of.

    A caller sees public voices and those of its own `owner`. Who may change what is for others to decide.
    """

    def __init__(self, database: Database, clips: Clips) -> None:
        self._database = database
        self._clips = clips

    def add(
        self,
        voice: Voice,
        *,
        clip: Path | bytes | None = None,
        idempotency_key: str | None = None,
        idempotency_window_seconds: float = IDEMPOTENCY_SECONDS,
    ) -> Voice:
        """Keep a new voice, and a copy of the clip it was made of; both or nothing.

        Args:
            voice: its id must be new.
            clip: the recording, as a file or its content.
            idempotency_key: a second voice of the same owner with this key within the window is not kept;
                instead the first is given back.
            idempotency_window_seconds: how long ago the first may be; with 0 the voice is kept in any case,
                and the key stands for it from then on.

        Returns:
            The voice that is kept.

        Raises:
            UsageError: there is a voice with this id.
            InvalidRequest: a text that cannot be kept.
            Overloaded: the library cannot be used at the moment; nothing was kept.
        """
        if idempotency_key is not None:
            idempotency_key = rows.text(idempotency_key)
            if first := self._made(voice.owner, idempotency_key, idempotency_window_seconds):
                return first
        if clip is None:
            return self._add(voice, None, idempotency_key, idempotency_window_seconds)
        clip_id = uuid4().hex
        with self._clips.adding():
            self._clips.put(clip_id, clip)
            try:
                kept = self._add(voice, clip_id, idempotency_key, idempotency_window_seconds)
            except Exception:
                self._forget_unless_kept(clip_id)
                raise
            if kept.id != voice.id:  # another request with this key was faster
                self._forget(clip_id)
            return kept

    def get(self, id: str) -> Voice:
        """One voice with everything.

        Raises:
            VoiceNotFound: there is none with this id.
        """
        with self._database.reading() as connection:
            return _get(connection, id)

    def named(self, name: str, owner: str | None) -> Voice:
        """The newest of an owner's voices with a name, compared as `fold` makes it.

        Raises:
            VoiceNotFound: the owner has none.
        """
        query = (
            _everything()
            .where(voices.c.owner == owner, voices.c.folded_name == fold(rows.text(name)))
            .order_by(*newest_first(voices))
            .limit(1)
        )
        with self._database.reading() as connection:
            if row := connection.execute(query).first():
                return rows.to_voice(row)
        raise VoiceNotFound(f"There is no voice {name[:64]!r}; list the voices to see which there are.")

    def page(
        self,
        wanted: VoiceFilter,
        *,
        owner: str | None,
        limit: int,
        after: Position | None = None,
        before: Position | None = None,
    ) -> Page[Voice]:
        """Visible voices, newest first, then by id.

        `likeness.detail` is left out: what is listed is not spoken with; `get` has it.

        Args:
            wanted: which of them.
            owner: who asks.
            limit: most voices.
            after: position, of a voice here or elsewhere, behind which the page starts.
            before: position before which it ends; not with `after`.
        """
        if wanted.is_starred:
            return Page(())
        order = newest_first(voices, reverse=before is not None)
        chosen = [
            sa.select(voices.c.id)
            .where(*part, *beyond(voices, after, before))
            .order_by(*order)
            .limit(limit + 1)
            for part in self._visible(wanted, owner)
        ]
        places = sa.union_all(*(part.subquery().select() for part in chosen)).subquery()
        query = (
            sa.select(*_LISTED)
            .join(likenesses, likenesses.c.voice_id == voices.c.id)
            .join(places, places.c.id == voices.c.id)
            .order_by(*order)
            .limit(limit + 1)
        )
        with self._database.reading() as connection:
            items = [rows.to_voice(row) for row in connection.execute(query)]
        more, items = len(items) > limit, items[:limit]
        return Page(tuple(items if before is None else reversed(items)), more)

    def position(self, id: str, owner: str | None) -> Position | None:
        """Where a visible voice stands in the order of pages; None where there is no such voice."""
        query = sa.select(voices.c.created_at, voices.c.id).where(
            voices.c.id == id, sa.or_(voices.c.owner == owner, voices.c.is_public)
        )
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        return None if row is None else (rows.moment(row.created_at), row.id)

    def iterate(
        self, owner: str | None, wanted: VoiceFilter | None = None, *, at_once: int = 200
    ) -> Iterator[Voice]:
        """All visible voices as `page` gives them, `at_once` in memory; changes between parts are seen."""
        after: Position | None = None
        while True:
            page = self.page(wanted or VoiceFilter(), owner=owner, limit=at_once, after=after)
            yield from page.items
            if not page.has_more:
                return
            after = (page.items[-1].created_at, page.items[-1].id)

    def count(self, owner: str | None, wanted: VoiceFilter | None = None) -> int:
        """How many voices are visible."""
        if wanted is not None and wanted.is_starred:
            return 0
        parts = self._visible(wanted or VoiceFilter(), owner)
        with self._database.reading() as connection:
            return sum(
                connection.execute(sa.select(sa.func.count()).select_from(voices).where(*part)).scalar_one()
                for part in parts
            )

    def update(self, id: str, changes: VoiceChanges) -> Voice:
        """Change what is told of a voice.

        Raises:
            VoiceNotFound: there is none with this id.
            InvalidRequest: a text that cannot be kept.
        """

        def change(voice: Voice) -> Voice:
            given = {
                name: value
                for name in ("name", "description", "tagline", "accent", "is_public")
                if (value := getattr(changes, name)) is not None
            }
            if changes.sets_gender or changes.gender is not None:
                given["gender"] = changes.gender
            return replace(voice, **given)

        return self._change(id, change)

    def set_accents(
        self, id: str, accents: Sequence[str] | Callable[[tuple[str, ...]], Sequence[str]]
    ) -> Voice:
        """Replace the accents that were added to a voice.

        Args:
            id: of the voice.
            accents: the new ones, or a function that makes them of the old ones; no other change comes
                between, and what it raises leaves the voice as it was.

        Raises:
            VoiceNotFound: there is none with this id.
        """
        return self._change(
            id,
            lambda voice: replace(
                voice, accents=tuple(accents(voice.accents) if callable(accents) else accents)
            ),
        )

    def delete(self, id: str) -> None:
        """Forget a voice and its clip.

        Raises:
            VoiceNotFound: there is none with this id.
        """
        with self._database.writing() as connection:
            gone = connection.execute(
                sa.delete(voices).where(voices.c.id == id).returning(voices.c.clip)
            ).first()
            if gone is None:
                raise _not_found(id)
        if gone.clip is not None:
            self._forget(gone.clip)

    def clip(self, id: str) -> bytes | None:
        """The recording that a voice was made of; None where it was made without one.

        Raises:
            VoiceNotFound: there is no such voice.
            NotFound: the recording is gone.
        """
        with self._database.reading() as connection:
            row = connection.execute(sa.select(voices.c.clip).where(voices.c.id == id)).first()
        if row is None:
            raise _not_found(id)
        return None if row.clip is None else self._clips.get(row.clip)

    @contextlib.contextmanager
    def clip_file(self, id: str) -> Iterator[Path]:
        """The recording as a file of its own, which is gone after the block.

        Raises:
            VoiceNotFound: there is no such voice.
            NotFound: it was made without a recording, or that is gone.
        """
        content = self.clip(id)
        if content is None:
            raise NotFound("This voice was made without a clip.")
        with tempfile.TemporaryDirectory(prefix="myna-") as folder:
            path = Path(folder) / "clip"
            path.write_bytes(content)
            yield path

    def sweep(self, older_than_seconds: float) -> int:
        """Remove clips without a voice, and half-made files; gives how many went.

        Args:
            older_than_seconds: what is younger stays: its voice may be about to be kept.
        """

        def owned(ids: Sequence[str]) -> set[str]:
            query = sa.select(voices.c.clip).where(voices.c.clip.in_(ids))
            with self._database.reading() as connection:
                return set(connection.execute(query).scalars())

        return self._clips.sweep(owned, older_than_seconds)

    def _add(self, voice: Voice, clip: str | None, key: str | None, window_seconds: float) -> Voice:
        row, likeness = rows.of_voice(voice, clip)
        for _ in range(3):
            try:
                with self._database.writing() as connection:
                    connection.execute(sa.insert(voices), row)
                    connection.execute(sa.insert(likenesses), likeness)
                    if key is not None and not self._claim(connection, voice, key, window_seconds):
                        raise _MadeBefore
                return voice
            except sa.exc.IntegrityError:
                raise UsageError(
                    f"There is already a voice {voice.id}; give the new one another id."
                ) from None
            except _MadeBefore:
                if first := self._made(voice.owner, key or "", window_seconds):
                    return first
                # deleted in this very moment: then this one is new
        raise Overloaded("The voice of this idempotency key comes and goes; try again.", retry_after=1.0)

    def _claim(self, connection: sa.Connection, voice: Voice, key: str, window_seconds: float) -> bool:
        """Take an idempotency key for a voice; False where an earlier voice has it."""
        now = rows.microseconds(datetime.now(UTC))
        forgotten = now - int(max(window_seconds, IDEMPOTENCY_SECONDS) * 1e6)
        replaced = now - int(window_seconds * 1e6)
        connection.execute(
            sa.delete(drafts).where(
                drafts.c.owner == (voice.owner or ""),
                sa.or_(
                    drafts.c.made_at < forgotten,
                    sa.and_(drafts.c.key == key, drafts.c.made_at < replaced),
                ),
            )
        )
        values = {"owner": voice.owner or "", "key": key, "voice_id": voice.id, "made_at": now}
        insert = postgresql.insert if self._database.shared else sqlite.insert
        claim = insert(drafts).values(values).on_conflict_do_nothing().returning(drafts.c.voice_id)
        return connection.execute(claim).first() is not None

    def _made(self, owner: str | None, key: str, window_seconds: float) -> Voice | None:
        oldest = rows.microseconds(datetime.now(UTC)) - int(window_seconds * 1e6)
        query = (
            _everything()
            .join(drafts, drafts.c.voice_id == voices.c.id)
            .where(drafts.c.owner == (owner or ""), drafts.c.key == key, drafts.c.made_at >= oldest)
        )
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        return None if row is None else rows.to_voice(row)

    def _change(self, id: str, change: Callable[[Voice], Voice]) -> Voice:
        with self._database.writing() as connection:
            changed = change(_get(connection, id, for_update=True))
            row, _ = rows.of_voice(changed, None)
            del row["clip"], row["id"]
            connection.execute(sa.update(voices).where(voices.c.id == id).values(row))
        return changed

    def _visible(self, wanted: VoiceFilter, owner: str | None) -> list[list[sa.ColumnElement[bool]]]:
        """Conditions for the caller's own voices and for the other public ones: an index serves each."""
        also: list[sa.ColumnElement[bool]] = []
        if wanted.gender is not None:
            also.append(voices.c.gender == wanted.gender)
        if q := fold(rows.text(wanted.q)):
            also.append(self._database.contains(voices.c.searched, q))
        own = [voices.c.owner == owner, *also]
        others = [voices.c.is_public.is_(True), voices.c.owner.is_distinct_from(owner), *also]
        if wanted.is_owner is None:
            return [own, others]
        return [own] if wanted.is_owner else [others]

    def _forget(self, clip: str) -> None:
        try:
            self._clips.remove(clip)
        except Exception as error:  # its voice is gone already; the next sweep takes it
            _log.warning("A clip stays until the next start: %s", type(error).__name__)

    def _forget_unless_kept(self, clip: str) -> None:
        """After a failure: it may have come when everything was kept but before that was told."""
        try:
            with self._database.reading() as connection:
                kept = connection.execute(sa.select(voices.c.id).where(voices.c.clip == clip)).first()
        except Exception as error:
            _log.warning("A clip may stay until the next start: %s", type(error).__name__)
        else:
            if kept is None:
                self._forget(clip)


class _MadeBefore(Exception):
    """Undoes the transaction that would make a second voice of one draft."""


def _everything() -> sa.Select[Any]:
    return sa.select(*_LISTED, likenesses.c.detail).join(likenesses, likenesses.c.voice_id == voices.c.id)


def _get(connection: sa.Connection, id: str, *, for_update: bool = False) -> Voice:
    query = _everything().where(voices.c.id == id)
    row = connection.execute(query.with_for_update(of=voices) if for_update else query).first()
    if row is None:
        raise _not_found(id)
    return rows.to_voice(row)


def _not_found(id: str) -> VoiceNotFound:
    return VoiceNotFound(f"There is no voice {id[:64]!r}; list the voices to see which there are.")
