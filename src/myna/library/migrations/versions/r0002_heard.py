"""Seconds of audio that was listened to, beside those that were spoken."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Count from zero."""
    op.add_column("usage", sa.Column("heard_seconds", sa.Float(53), nullable=False, server_default="0"))
