"""Text engines: they complete a chat."""
