"""Extraction: brands and attributes that a feed left out, found in titles and descriptions."""
