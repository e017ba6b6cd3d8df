"""The battery: laws that an exercise gets for its function or module, and the trying of them.

An exercise is written in a property fence of its answer::

    from verify.laws.battery import function
    exercise = function("softmax", torch.softmax, cases, differentiable=["x"])
"""

from verify.laws.battery.agreement import Disagreement, Within
from verify.laws.battery.exercise import Exercise, Law, Subject
from verify.laws.battery.functions import FunctionExercise, function

__all__ = ["Disagreement", "Exercise", "FunctionExercise", "Law", "Subject", "Within", "function"]
