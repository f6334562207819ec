"""One turn of the conversation, and the doors to it."""
