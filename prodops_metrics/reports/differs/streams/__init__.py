"""The toy streams, one on a file; they are found by listing this folder."""
