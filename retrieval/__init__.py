"""From a query to ranked candidates, and from a question to its answer."""
