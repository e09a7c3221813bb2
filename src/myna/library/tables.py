"""The tables as the newest revision of `migrations` makes them.

Times are microseconds since 1970 in UTC: exact, and in the same order in every database.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)

metadata = MetaData()

ID = Text().with_variant(Text(collation="C"), "postgresql")
"""Sorted by code point everywhere."""

library = Table(
    "library",
    metadata,
    Column("id", ID, primary_key=True),
)
"""One row: the id under which this library's clips are kept."""

voices = Table(
    "voices",
    metadata,
    Column("id", ID, primary_key=True),
    Column("created_at", BigInteger, nullable=False),
    Column("owner", Text),
    Column("is_public", Boolean, nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("tagline", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("gender", Text),
    Column("aliases", JSON, nullable=False),
    Column("accent", Text),
    Column("accents", JSON, nullable=False),
    Column("timbre", JSON, nullable=False),
    Column("provenance", JSON),
    Column("clip", Text),
    Column("folded_name", Text, nullable=False),
    Column("searched", Text, nullable=False),
    Index("voices_of_owner", "owner", text("created_at DESC"), "id"),
    Index("voices_of_all", "is_public", text("created_at DESC"), "id"),
    Index("voices_by_name", "owner", "folded_name"),
    Index("voices_by_clip", "clip"),
)
"""`folded_name` and `searched` are what `speech.voices.fold` makes of the name, and of all that `q` finds."""

likenesses = Table(
    "likenesses",
    metadata,
    Column("voice_id", ID, ForeignKey("voices.id", ondelete="CASCADE"), primary_key=True),
    Column("embedding", LargeBinary, nullable=False),
    Column("measured", LargeBinary),
    Column("detail", LargeBinary),
)
"""The large parts of a voice, in a table of their own so that searches read little.

Embeddings are little-endian 64-bit floats; `measured` is the likeness's, null where there is none.
"""

drafts = Table(
    "drafts",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("voice_id", ID, ForeignKey("voices.id", ondelete="CASCADE"), nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Index("drafts_by_age", "made_at"),
    Index("drafts_by_voice", "voice_id"),
)
"""Which voice was made of a draft with an idempotency key."""

dictionaries = Table(
    "dictionaries",
    metadata,
    Column("id", ID, primary_key=True),
    Column("created_at", BigInteger, nullable=False),
    Column("owner", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("items", JSON, nullable=False),
    Column("pinned", Boolean, nullable=False),
    Index("dictionaries_of_owner", "owner", text("created_at DESC"), "id"),
)

keys = Table(
    "keys",
    metadata,
    Column("id", ID, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("name", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("limits", JSON, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    Column("last_used_at", BigInteger),
)
"""`digest` is the SHA-256 of the secret, which is kept nowhere."""

usage = Table(
    "usage",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("day", BigInteger, primary_key=True),
    Column("requests", BigInteger, nullable=False),
    Column("characters", BigInteger, nullable=False),
    Column("audio_seconds", Float(53), nullable=False),
    Column("heard_seconds", Float(53), nullable=False, server_default="0"),
    Index("usage_by_day", "day"),
)
"""`key_id` is empty where no keys are set; `day` is a proleptic Gregorian ordinal."""
