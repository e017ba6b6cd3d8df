"""What goes out: a person's progress as JSON or CSV, the bank as Anki cards or notebooks."""
