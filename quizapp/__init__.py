"""The person: the command line, what to study next and how it went, and the app."""
