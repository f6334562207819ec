"""The journal's schema, version by version; `Journal.open` brings a file to the last one."""
