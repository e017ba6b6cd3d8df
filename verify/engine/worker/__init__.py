"""Runs in worker processes only: the one place, beside the laws, that imports torch."""
