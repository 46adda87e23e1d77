"""One definition, one engine, one answer to "how is this feature performing?"."""
