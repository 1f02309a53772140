"""Engines that give short texts a place in a space of meaning."""
