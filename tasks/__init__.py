"""The steps of the work and the values that travel between them."""
