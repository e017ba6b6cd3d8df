"""What FSRS expected before each answer, for a whole log in one go.

``scheduling`` lets ``fsrs`` replay one question when it is answered.  To replay twenty thousand
answers so takes a quarter of a second, for it makes two objects at each.  Here the same model is
stated over plain numbers, which takes a fraction of that; a test holds both against each other on
drawn histories.

Source: FSRS-6 as in ``fsrs`` 6.3, ``Scheduler.review_card`` without learning steps and fuzzing,
and https://github.com/open-spaced-repetition/fsrs4anki/wiki/The-Algorithm.
"""

from __future__ import annotations

from math import exp
from typing import NamedTuple

from fsrs.scheduler import DEFAULT_PARAMETERS, STABILITY_MIN

from quizapp.study.scheduling import LONGEST, RETENTION

W = DEFAULT_PARAMETERS
_GAIN, _LOSS = exp(W[8]), exp(W[17] * W[18])
_FACTOR = 0.9 ** (-1 / W[20]) - 1
_FORGOTTEN = RETENTION ** (-1 / W[20]) - 1


class Memory(NamedTuple):
    """What is known of one question after an answer; days are ordinals."""

    stability: float
    difficulty: float
    day: int
    """Of the answer."""
    due: int


def chance(memory: Memory, day: int) -> float:
    """The chance, from 0 to 1, that it is known on that day."""
    elapsed = max(0, day - memory.day)
    return float((1 + _FACTOR * elapsed / memory.stability) ** -W[20])


def first(rating: int, day: int) -> Memory:
    """What the first answer to a question makes.

    Args:
        rating: from 1 (again) to 4 (easy).
        day: of the answer.
    """
    return _memory(W[rating - 1], _difficulty(_easiness(rating)), day)


def again(before: Memory, expected: float, rating: int, day: int) -> Memory:
    """What a further answer makes.

    Args:
        before: the memory until then.
        expected: its ``chance`` on that day.
        rating: from 1 (again) to 4 (easy).
        day: of the answer.
    """
    # A linear damping towards 10, then a pull back to where an easy question begins.
    damped = before.difficulty - W[6] * (rating - 3) * (10 - before.difficulty) / 9
    difficulty = _difficulty(W[7] * _EASIEST + (1 - W[7]) * damped)
    stability, known = before.stability, before.difficulty
    if day - before.day < 1:
        growth = exp(W[17] * (rating - 3 + W[18])) * stability ** -W[19]
        stability *= max(growth, 1.0) if rating > 1 else growth
    elif rating == 1:
        long = W[11] * known ** -W[12] * ((stability + 1) ** W[13] - 1)
        stability = min(long * exp((1 - expected) * W[14]), stability / _LOSS)
    else:
        growth = _GAIN * (11 - known) * stability ** -W[9] * (exp((1 - expected) * W[10]) - 1)
        stability *= 1 + growth * (W[15] if rating == 2 else W[16] if rating == 4 else 1.0)
    return _memory(stability, difficulty, day)


def _memory(stability: float, difficulty: float, day: int) -> Memory:
    stability = max(stability, STABILITY_MIN)
    interval = min(max(round(stability / _FACTOR * _FORGOTTEN), 1), LONGEST)
    return Memory(stability, difficulty, day, day + interval)


def _easiness(rating: int) -> float:
    return W[4] - exp(W[5] * (rating - 1)) + 1


def _difficulty(value: float) -> float:
    return min(max(value, 1.0), 10.0)


_EASIEST = _easiness(4)
