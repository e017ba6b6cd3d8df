"""Is it true, here, now?  The formats of a bank, the laws, the engine that proves, the reports."""
