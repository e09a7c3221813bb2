"""The steps by which databases of older versions become this version's, kept by Alembic."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlalchemy as sa
    from alembic.config import Config

REVISIONS = ("0001", "0002")
"""Every revision, oldest first; known here so that an up-to-date database needs no Alembic."""


def config() -> Config:
    """What Alembic has to know to find the steps."""
    from alembic.config import Config

    made = Config()
    # Alembic's configuration interpolates percent signs
    made.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return made


def upgrade(connection: sa.Connection) -> None:
    """Bring a database to the newest revision, within the transaction that the connection is in."""
    from alembic import command

    made = config()
    made.attributes["connection"] = connection
    command.upgrade(made, "head")
