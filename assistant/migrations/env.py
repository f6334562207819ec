"""Run by alembic for each command: `Journal.open` hands the connection over, inside one transaction."""

from alembic import context

from assistant.journal import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
