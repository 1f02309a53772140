"""The front that triggers flow runs; it knows the values, the store and the errors, and no engine."""
