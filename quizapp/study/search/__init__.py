"""Search over titles, tags, prompts and answers: what is typed, and which questions hold it.

What counts as an occurrence is said once, by ``words.Term.needle`` and ``words.key``: a question is
found if the needle of every term is in its key.  The index only finds the same questions faster.
"""

from quizapp.study.search.finder import Finder, Found
from quizapp.study.search.query import Query, completed, parse, with_filter

__all__ = ["Finder", "Found", "Query", "completed", "parse", "with_filter"]
