"""How a script is planned, asked for and checked: pure functions."""
