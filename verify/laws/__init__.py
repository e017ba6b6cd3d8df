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
from verify.laws.amp import autocast_dtypes, grad_scaler_skips_inf
from verify.laws.arithmetic import (
    einsum_is_loops,
    matmul_matches_numpy,
    matmul_needs_equal_dtypes,
)
from verify.laws.attention import (
    kv_cache_equals_full,
    sdpa_is_softmax,
)
from verify.laws.autograd import (
    backward_needs_scalar,
    grad_accumulates,
    grad_follows_branch,
    mean_grad,
    scalar_linear_grad,
)
from verify.laws.broadcasting import broadcast_gradient_sums, broadcast_shape_rule
from verify.laws.checks import LawBroken, close, raises, require, same, show
from verify.laws.compiled import (
    compiled_equals_eager,
    no_graph_break,
    recompiles_on_new_shape_once,
)
from verify.laws.convolution import (
    im2col_is_conv2d,
)
from verify.laws.creation import (
    default_dtype_rules,
    like_follows,
    tensor_from_floats,
    tensor_from_ints,
    zeros_ones_rand,
)
from verify.laws.data import (
    collate_stacks,
    loader_partitions,
    normalize_range,
    worker_seeds_differ,
)
from verify.laws.derivatives import (
    custom_function_agrees,
    forward_equals_reverse,
    gradgrad_smooth,
    vjp_is_linear,
)
from verify.laws.devices import to_same_is_self
from verify.laws.distributed import (
    all_gather_orders,
    all_reduce_sums,
    broadcast_from_source,
    ddp_averages_gradients,
)
from verify.laws.evaluation import argmax_predictions, no_grad_output
from verify.laws.exported import exported_equals_eager
from verify.laws.forall import for_all
from verify.laws.functional import (
    functional_call_equals_module,
    hessian_is_symmetric,
    jacobians_agree,
    vmap_is_stack,
)
from verify.laws.gradients import gradcheck_kinked, gradcheck_linear_mse, gradcheck_smooth
from verify.laws.graphs import (
    checkpoint_same_gradients,
    detach_shares_no_history,
    hook_scales_gradient,
    inference_mode_refuses_autograd,
    versions_count_writes,
)
from verify.laws.loading import (
    map_location_moves,
    mmap_loads_same,
    weights_only_refuses_code,
)
from verify.laws.losses import cross_entropy_identities, mse_broadcast_trap, mse_pairs_rows
from verify.laws.modules import (
    batch_independence,
    conv_output_size,
    dropout_modes,
    linear_formula,
    view_merges_rows,
)
from verify.laws.normalisation import (
    batchnorm_formula,
    layernorm_formula,
)
from verify.laws.numpy_bridge import (
    as_tensor_shares,
    dlpack_round_trip,
    numpy_shares_or_copies,
)
from verify.laws.optimisers import adam_first_step, sgd_step
from verify.laws.promotion import (
    inplace_keeps_dtype,
    promotion_is_symmetric,
    scalars_do_not_widen,
    sum_keeps_or_promotes,
)
from verify.laws.randomness import (
    fork_rng_restores,
    generator_state_replays,
    manual_seed_reproduces,
)
from verify.laws.ranges import arange_is_range, linspace_ends
from verify.laws.registration import (
    state_dict_keys_follow_registration,
    tied_weights_stay_tied,
    train_eval_recursive,
)
from verify.laws.registry import LAWS, KnownException, Law, Test, law
from verify.laws.sampling import (
    batch_sampler_drop_last,
    distributed_sampler_partitions,
    random_split_partitions,
)
from verify.laws.saving import (
    buffers_persist_as_declared,
    checkpoint_resumes_bitwise,
    state_dict_round_trip,
    state_dict_shape_mismatch,
)
from verify.laws.selection import masked_and_where, sort_stable_topk
from verify.laws.sequences import (
    embedding_is_row_lookup,
    pack_padded_round_trip,
)
from verify.laws.serialisation import save_load_is_bitwise, shared_storage_stays_shared
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
from verify.laws.strides import (
    channels_last_keeps_values,
    element_address,
    permute_inverse_contiguous,
)
from verify.laws.training import (
    clip_grad_norm_bounds,
    ema_recurrence,
    scheduler_closed_form,
)
from verify.laws.trajectories import (
    adamw_decouples_decay,
    foreach_equals_loop,
    optimizer_resume_is_bitwise,
    sgd_momentum_trajectory,
)
from verify.laws.views import (
    expand_has_stride_zero,
    indexing_copies_slicing_views,
    reshape_views_or_copies,
    view_ops_share,
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
    "adamw_decouples_decay",
    "all_gather_orders",
    "all_reduce_sums",
    "arange_is_range",
    "argmax_predictions",
    "as_tensor_shares",
    "autocast_dtypes",
    "backward_needs_scalar",
    "batch_independence",
    "batch_sampler_drop_last",
    "batchnorm_formula",
    "broadcast_from_source",
    "broadcast_gradient_sums",
    "broadcast_shape_rule",
    "buffers_persist_as_declared",
    "channels_last_keeps_values",
    "checkpoint_resumes_bitwise",
    "checkpoint_same_gradients",
    "clip_grad_norm_bounds",
    "close",
    "collate_stacks",
    "compiled_equals_eager",
    "conv_output_size",
    "cross_entropy_identities",
    "custom_function_agrees",
    "ddp_averages_gradients",
    "default_dtype_rules",
    "detach_shares_no_history",
    "distributed_sampler_partitions",
    "dlpack_round_trip",
    "dropout_modes",
    "dtypes",
    "einsum_is_loops",
    "element_address",
    "ema_recurrence",
    "embedding_is_row_lookup",
    "expand_has_stride_zero",
    "exported_equals_eager",
    "floating_dtypes",
    "for_all",
    "foreach_equals_loop",
    "fork_rng_restores",
    "forward_equals_reverse",
    "functional_call_equals_module",
    "generator_state_replays",
    "grad_accumulates",
    "grad_follows_branch",
    "grad_scaler_skips_inf",
    "gradcheck_kinked",
    "gradcheck_linear_mse",
    "gradcheck_smooth",
    "gradgrad_smooth",
    "hessian_is_symmetric",
    "hook_scales_gradient",
    "im2col_is_conv2d",
    "indexing_copies_slicing_views",
    "inference_mode_refuses_autograd",
    "inplace_keeps_dtype",
    "jacobians_agree",
    "kv_cache_equals_full",
    "law",
    "layernorm_formula",
    "layouts",
    "like_follows",
    "linear_formula",
    "linspace_ends",
    "loader_partitions",
    "magnitudes",
    "manual_seed_reproduces",
    "map_location_moves",
    "masked_and_where",
    "matmul_matches_numpy",
    "matmul_needs_equal_dtypes",
    "mean_grad",
    "mmap_loads_same",
    "mse_broadcast_trap",
    "mse_pairs_rows",
    "no_grad_output",
    "no_graph_break",
    "normalize_range",
    "numbers",
    "numpy_shares_or_copies",
    "optimizer_resume_is_bitwise",
    "pack_padded_round_trip",
    "permute_inverse_contiguous",
    "promotion_is_symmetric",
    "raises",
    "random_split_partitions",
    "recompiles_on_new_shape_once",
    "require",
    "reshape_views_or_copies",
    "same",
    "save_load_is_bitwise",
    "scalar_linear_grad",
    "scalars_do_not_widen",
    "scheduler_closed_form",
    "sdpa_is_softmax",
    "seeded_tensors",
    "seeds",
    "sgd_momentum_trajectory",
    "sgd_step",
    "shapes",
    "shared_storage_stays_shared",
    "show",
    "sort_stable_topk",
    "state_dict_keys_follow_registration",
    "state_dict_round_trip",
    "state_dict_shape_mismatch",
    "sum_keeps_or_promotes",
    "tensor_from_floats",
    "tensor_from_ints",
    "tensors",
    "tied_weights_stay_tied",
    "to_same_is_self",
    "train_eval_recursive",
    "versions_count_writes",
    "view_merges_rows",
    "view_ops_share",
    "vjp_is_linear",
    "vmap_is_stack",
    "weights_only_refuses_code",
    "worker_seeds_differ",
    "zeros_ones_rand",
]
