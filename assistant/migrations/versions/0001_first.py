"""Turns and the verdicts on them."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "turns",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("turn_id", sa.Text, nullable=False),
        sa.Column("session_id", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("intent", sa.Text, nullable=False),
        sa.Column("probability", sa.Float, nullable=False),
        sa.Column("in_scope", sa.Boolean, nullable=False),
        sa.Column("route", sa.Text, nullable=False),
        sa.Column("utterance", sa.Text, nullable=False),
        sa.Column("reply", sa.Text, nullable=False),
        sa.Column("trace", sa.JSON, nullable=False),
        sa.Column("state", sa.JSON, nullable=False),
        sa.UniqueConstraint("turn_id", name="turns_turn_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("turns_session", "turns", ["session_id", "seq"])
    op.create_index("turns_at", "turns", ["at"])
    op.create_table(
        "feedback",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("turn_id", sa.Text, sa.ForeignKey("turns.turn_id", name="feedback_turn"), nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("rating", sa.Text, nullable=False),
        sa.Column("reasons", sa.JSON, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("feedback_turn_key", "feedback", ["turn_id", "key"])


def downgrade() -> None:
    op.drop_table("feedback")
    op.drop_table("turns")
