import io
import json
import logging
from datetime import datetime

from assistant.logs import json_handler


def test_a_line_of_the_log_is_one_json_object_with_its_traceback() -> None:
    stream = io.StringIO()
    logger = logging.Logger("assistant.worker")
    logger.addHandler(json_handler(stream))

    try:
        raise ValueError("几")
    except ValueError as error:
        logger.error("turn %s failed", 7, exc_info=error)

    (line,) = stream.getvalue().splitlines()
    told = json.loads(line)
    assert (told["event"], told["level"], told["logger"]) == ("turn 7 failed", "error", "assistant.worker")
    assert datetime.fromisoformat(told["at"]).tzinfo is not None
    assert told["exception"].endswith("ValueError: 几")
