"""The Textual app: one screen, one file, one stylesheet beside it; thin over `quizapp.study`.

torch is never imported here: answers are proved in a worker process (`proofs`).
"""
