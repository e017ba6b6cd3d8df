"""The battery: laws that an exercise gets for its function or module, and the trying of them.

An exercise is written in a property fence of its answer::

    from verify.laws.battery import function
    exercise = function("softmax", reference, cases, differentiable=["x"])

where ``reference`` is a Python function that does it right, and ``cases`` draws its arguments.
"""

from verify.laws.battery.agreement import Disagreement, Within
from verify.laws.battery.exercise import Exercise, Law, Subject
from verify.laws.battery.functions import FunctionExercise, function
from verify.laws.battery.modules import ModuleExercise, module
from verify.laws.battery.optimiser_runs import plain_rate, runs
from verify.laws.battery.optimisers import OptimiserExercise, optimiser

__all__ = [
    "Disagreement",
    "Exercise",
    "FunctionExercise",
    "Law",
    "ModuleExercise",
    "OptimiserExercise",
    "Subject",
    "Within",
    "function",
    "module",
    "optimiser",
    "plain_rate",
    "runs",
]
