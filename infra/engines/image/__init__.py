"""Pictures: the illustrator, which composes open art, and the sketch."""
