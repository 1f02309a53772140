"""Pixels and samples: nothing here knows what a film is."""
