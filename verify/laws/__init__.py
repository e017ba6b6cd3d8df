"""The laws of torch, each stated once and usable by an answer in a line.

    from verify import laws
    test_accumulates = laws.grad_accumulates()                  # torch's own behaviour
    test_mine = laws.grad_accumulates(backward=my_backward)     # an answer's own code

A law takes its subjects as keyword arguments and returns a Hypothesis test that needs no
argument; ``laws.LAWS`` lists every law with its statement, source and tolerance.  For tests of its
own an answer has the strategies (``tensors``, ``shapes``, ``dtypes``, ...) and the comparisons
(``same``, ``close``, ``raises``, ``require``).  torch and Hypothesis are imported here, so only
worker processes may import this package.
"""

from verify.laws.activations import activation_invariants
from verify.laws.arithmetic import matmul_matches_numpy, matmul_needs_equal_dtypes
from verify.laws.autograd import (
    backward_needs_scalar,
    grad_accumulates,
    grad_follows_branch,
    mean_grad,
    scalar_linear_grad,
)
from verify.laws.checks import LawBroken, close, raises, require, same, show
from verify.laws.creation import tensor_from_floats, tensor_from_ints, zeros_ones_rand
from verify.laws.data import loader_partitions, normalize_range
from verify.laws.devices import to_same_is_self
from verify.laws.evaluation import argmax_predictions, no_grad_output
from verify.laws.forall import for_all
from verify.laws.gradients import gradcheck_kinked, gradcheck_linear_mse, gradcheck_smooth
from verify.laws.losses import cross_entropy_identities, mse_broadcast_trap, mse_pairs_rows
from verify.laws.modules import (
    batch_independence,
    conv_output_size,
    dropout_modes,
    linear_formula,
    view_merges_rows,
)
from verify.laws.numpy_bridge import numpy_shares_or_copies
from verify.laws.optimisers import adam_first_step, sgd_step
from verify.laws.randomness import manual_seed_reproduces
from verify.laws.registry import LAWS, KnownException, Law, Test, law
from verify.laws.saving import state_dict_round_trip, state_dict_shape_mismatch
from verify.laws.strategies import (
    Layout,
    dtypes,
    floating_dtypes,
    layouts,
    magnitudes,
    numbers,
    seeded_tensors,
    seeds,
    shapes,
    tensors,
)

__all__ = [
    "LAWS",
    "KnownException",
    "Law",
    "LawBroken",
    "Layout",
    "Test",
    "activation_invariants",
    "adam_first_step",
    "argmax_predictions",
    "backward_needs_scalar",
    "batch_independence",
    "close",
    "conv_output_size",
    "cross_entropy_identities",
    "dropout_modes",
    "dtypes",
    "floating_dtypes",
    "for_all",
    "grad_accumulates",
    "grad_follows_branch",
    "gradcheck_kinked",
    "gradcheck_linear_mse",
    "gradcheck_smooth",
    "law",
    "layouts",
    "linear_formula",
    "loader_partitions",
    "magnitudes",
    "manual_seed_reproduces",
    "matmul_matches_numpy",
    "matmul_needs_equal_dtypes",
    "mean_grad",
    "mse_broadcast_trap",
    "mse_pairs_rows",
    "no_grad_output",
    "normalize_range",
    "numbers",
    "numpy_shares_or_copies",
    "raises",
    "require",
    "same",
    "scalar_linear_grad",
    "seeded_tensors",
    "seeds",
    "sgd_step",
    "shapes",
    "show",
    "state_dict_round_trip",
    "state_dict_shape_mismatch",
    "tensor_from_floats",
    "tensor_from_ints",
    "tensors",
    "to_same_is_self",
    "view_merges_rows",
    "zeros_ones_rand",
]
