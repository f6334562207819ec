"""The server's log: one JSON object a line, with time, level, logger and event."""

import logging
from typing import TextIO

import structlog


def json_handler(stream: TextIO) -> logging.Handler:
    """Writes what any library logs, a traceback in the field `exception`."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.processors.TimeStamper(fmt="iso", key="at"),
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    return handler


def write_log(stream: TextIO) -> None:
    """Sends warnings and errors of the whole process there."""
    logging.basicConfig(level=logging.WARNING, handlers=[json_handler(stream)], force=True)
