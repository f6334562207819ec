"""Feeds: from a file of any usual format to products, orders and utterances, each bad row told by file and line."""
