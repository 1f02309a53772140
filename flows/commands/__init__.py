"""One module for each `flywheel` command."""
