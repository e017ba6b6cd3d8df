"""What to do next and how it went: grading, scheduling, sessions and the progress file.

Nothing here draws, and nothing here imports torch.  ``fsrs`` is imported when the first answer
is scheduled and not before, so that listing and the app's first frame do not pay for it.
"""
