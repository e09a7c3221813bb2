"""Voices, likenesses, drafts, dictionaries, keys and usage."""

from __future__ import annotations

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make everything, and give the library its id."""
    library = op.create_table("library", sa.Column("id", _ID, primary_key=True))
    op.bulk_insert(library, [{"id": uuid4().hex}])
    _voices()
    _others()


def _voices() -> None:
    op.create_table(
        "voices",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("owner", sa.Text),
        sa.Column("is_public", sa.Boolean, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("tagline", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("gender", sa.Text),
        sa.Column("aliases", sa.JSON, nullable=False),
        sa.Column("accent", sa.Text),
        sa.Column("accents", sa.JSON, nullable=False),
        sa.Column("timbre", sa.JSON, nullable=False),
        sa.Column("provenance", sa.JSON),
        sa.Column("clip", sa.Text),
        sa.Column("folded_name", sa.Text, nullable=False),
        sa.Column("searched", sa.Text, nullable=False),
    )
    op.create_index("voices_of_owner", "voices", ["owner", sa.text("created_at DESC"), "id"])
    op.create_index("voices_of_all", "voices", ["is_public", sa.text("created_at DESC"), "id"])
    op.create_index("voices_by_name", "voices", ["owner", "folded_name"])
    op.create_index("voices_by_clip", "voices", ["clip"])
    op.create_table(
        "likenesses",
        sa.Column("voice_id", _ID, sa.ForeignKey("voices.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("embedding", sa.LargeBinary, nullable=False),
        sa.Column("measured", sa.LargeBinary),
        sa.Column("detail", sa.LargeBinary),
    )
    op.create_table(
        "drafts",
        sa.Column("owner", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("voice_id", _ID, sa.ForeignKey("voices.id", ondelete="CASCADE"), nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
    )
    op.create_index("drafts_by_age", "drafts", ["made_at"])
    op.create_index("drafts_by_voice", "drafts", ["voice_id"])


def _others() -> None:
    op.create_table(
        "dictionaries",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("items", sa.JSON, nullable=False),
        sa.Column("pinned", sa.Boolean, nullable=False),
    )
    op.create_index("dictionaries_of_owner", "dictionaries", ["owner", sa.text("created_at DESC"), "id"])
    op.create_table(
        "keys",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("scopes", sa.JSON, nullable=False),
        sa.Column("limits", sa.JSON, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("revoked_at", sa.BigInteger),
        sa.Column("last_used_at", sa.BigInteger),
    )
    op.create_table(
        "usage",
        sa.Column("key_id", sa.Text, primary_key=True),
        sa.Column("day", sa.BigInteger, primary_key=True),
        sa.Column("requests", sa.BigInteger, nullable=False),
        sa.Column("characters", sa.BigInteger, nullable=False),
        sa.Column("audio_seconds", sa.Float(53), nullable=False),
    )
    op.create_index("usage_by_day", "usage", ["day"])
