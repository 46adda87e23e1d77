"""The answers: what pages, the command line and files show. They hold no SQL; they only show what is asked here."""
