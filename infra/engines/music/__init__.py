"""Music: beds on an exact beat grid."""
