"""What the big pack is made of: terms of PyTorch, and what is said about them."""

from __future__ import annotations

TOPICS = (
    "amp", "attention", "autograd", "broadcasting", "checkpointing", "classics", "compile",
    "convolutions", "data", "devices", "distributed", "ecosystem", "embeddings", "export",
    "foundations", "functional", "generators", "indexing", "layers", "llm", "losses", "memory",
    "modules", "normalisation", "numerics", "optim", "profiling", "quantisation", "saving",
    "schedulers", "sparse", "tensors", "training",
)  # fmt: skip

TERMS = (
    "retain_graph", "create_graph", "torch.no_grad", "torch.inference_mode", "requires_grad",
    "grad_fn", "is_leaf", "retain_grad", "zero_grad", "detach", "clone", "backward", "autograd",
    "gradcheck", "register_hook", "register_forward_hook", "register_full_backward_hook",
    "saved_tensors_hooks", "checkpoint_sequential", "torch.utils.checkpoint", "view", "reshape",
    "contiguous", "stride", "storage_offset", "expand", "repeat", "repeat_interleave", "permute",
    "transpose", "flatten", "unflatten", "squeeze", "unsqueeze", "as_strided", "narrow", "chunk",
    "split", "torch.cat", "torch.stack", "gather", "scatter_add_", "index_select", "masked_fill",
    "torch.where", "torch.einsum", "torch.matmul", "bmm", "baddbmm", "addmm", "outer",
    "broadcast_tensors", "type promotion", "result_type", "bfloat16", "float16", "autocast",
    "GradScaler", "loss scaling", "nn.Module", "nn.Parameter", "register_buffer", "state_dict",
    "load_state_dict", "named_parameters", "nn.ModuleList", "nn.Sequential", "nn.Linear",
    "nn.Embedding", "EmbeddingBag", "padding_idx", "nn.Conv2d", "dilation", "groups",
    "ConvTranspose2d", "nn.BatchNorm2d", "running_mean", "momentum", "LayerNorm", "GroupNorm",
    "RMSNorm", "Dropout", "model.eval", "model.train", "CrossEntropyLoss", "label_smoothing",
    "ignore_index", "NLLLoss", "BCEWithLogitsLoss", "pos_weight", "KLDivLoss", "log_softmax",
    "logsumexp", "softmax", "SmoothL1Loss", "optim.SGD", "nesterov", "weight_decay", "Adam",
    "AdamW", "amsgrad", "foreach", "fused optimizer", "param_groups", "add_param_group",
    "clip_grad_norm_", "clip_grad_value_", "gradient accumulation", "lr_scheduler", "OneCycleLR",
    "CosineAnnealingLR", "ReduceLROnPlateau", "warmup", "DataLoader", "num_workers", "pin_memory",
    "collate_fn", "worker_init_fn", "persistent_workers", "IterableDataset", "DistributedSampler",
    "prefetch_factor", "random_split", "WeightedRandomSampler", "manual_seed", "torch.Generator",
    "fork_rng", "deterministic algorithms", "cudnn.benchmark", "torch.compile", "graph break",
    "dynamic shapes", "fullgraph", "torch.export", "FakeTensor", "TorchDynamo", "Inductor",
    "CUDA graphs", "cuda stream", "non_blocking", "synchronize", "max_memory_allocated",
    "caching allocator", "fragmentation", "out of memory", "torch.save", "torch.load",
    "weights_only", "map_location", "safetensors", "pickle", "shared memory", "from_numpy",
    "as_tensor", "DistributedDataParallel", "find_unused_parameters", "FSDP", "all_reduce",
    "all_gather", "reduce_scatter", "DTensor", "tensor parallelism", "pipeline parallelism",
    "gloo", "nccl", "torchrun", "scaled_dot_product_attention", "causal mask", "key_padding_mask",
    "MultiheadAttention", "rotary embedding", "KV cache", "grouped-query attention",
    "FlashAttention", "torch.func", "vmap", "jacrev", "jvp", "functional_call", "vector-Jacobian",
    "double backward", "custom autograd.Function", "save_for_backward", "ctx.needs_input_grad",
    "mark_non_differentiable", "version counter", "in-place operation", "named tensors",
    "sparse_coo_tensor", "sparse CSR", "quantize_dynamic", "fake quantisation", "observer",
    "LoRA", "parametrization", "weight tying", "weight_norm", "orthogonal_", "kaiming_normal_",
    "xavier_uniform_", "torch.profiler", "record_function", "memory_format", "channels_last",
    "beam search", "top-k sampling", "temperature", "perplexity", "teacher forcing",
)  # fmt: skip

TAGS = (
    "accumulation", "aliasing", "allocator", "api", "attention", "autograd", "backward", "batching",
    "broadcasting", "buffers", "cache", "checkpoint", "collectives", "compile", "convolution",
    "copy", "cuda", "dataloader", "dataset", "debugging", "decoding", "determinism", "device",
    "dtype", "efficiency", "embedding", "evaluation", "export", "generator", "gradient", "graph",
    "hooks", "in-place", "indexing", "inference", "initialisation", "leaf", "loss", "mask",
    "memory", "mixed-precision", "module", "momentum", "norm", "numerics", "optimizer", "overflow",
    "padding", "parameters", "performance", "precision", "profiling", "randomness",
    "regularisation", "reproducibility", "sampling", "saving", "scheduler", "shapes", "softmax",
    "sparsity",
    "stability", "state", "storage", "strides", "streams", "training", "transformer", "views",
)  # fmt: skip

NOUNS = (
    "batch", "gradient", "loop", "loss", "layer", "model", "optimizer", "tensor", "buffer",
    "parameter", "checkpoint", "worker", "device", "kernel", "mask", "sequence", "head", "graph",
    "shape", "stride", "dtype", "seed", "epoch", "step", "schedule", "sampler", "cache", "view",
    "copy", "storage", "reduction", "broadcast", "hook", "module", "backbone", "logit", "target",
    "label", "token", "vocabulary", "embedding", "window", "filter", "channel", "feature",
    "moment", "variance", "mean", "norm", "bias", "residual", "activation", "threshold", "rank",
    "world size", "bucket", "shard", "replica", "collective", "barrier", "stream", "event",
)  # fmt: skip

VERBS = (
    "accumulate", "allocate", "apply", "broadcast", "build", "cache", "cast", "check", "clip",
    "collate", "compare", "compile", "compute", "copy", "decode", "detach", "drop", "encode",
    "estimate", "evaluate", "expand", "export", "fill", "flatten", "freeze", "fuse", "gather",
    "init", "inspect", "load", "mask", "merge", "move", "normalise", "pad", "partition", "pin",
    "plan", "pool", "prefetch", "profile", "project", "prune", "quantise", "reduce", "register",
    "replay", "reset", "restore", "sample", "scale", "scatter", "schedule", "shard", "shuffle",
    "slice", "sort", "split", "stack", "trace", "train", "unpack", "update", "validate", "warm",
)  # fmt: skip

PARTS = (
    "accuracy", "activations", "alpha", "anchor", "attn", "axis", "batch", "beta", "bias", "block",
    "bucket", "cache", "channel", "chunk", "conv", "cursor", "decoder", "delta", "depth", "embed",
    "encoder", "eps", "expert", "factor", "feature", "ffn", "frame", "gamma", "gate", "grad",
    "graph", "grid", "head", "hidden", "index", "inputs", "kernel", "key", "layer", "length", "lr",
    "mask", "memory", "metric", "moment", "norm", "offset", "outputs", "pad", "params", "patch",
    "pool", "position", "prefix", "proj", "query", "queue", "rank", "ratio", "residual", "router",
    "scale", "score", "seed", "shape", "shard", "slot", "state", "step", "stride", "suffix",
    "target", "token", "value", "vocab", "weight", "width", "window",
)  # fmt: skip

CLASSES = (
    "Adaptive", "Async", "Attention", "Batch", "Block", "Buffer", "Causal", "Checkpoint", "Conv",
    "Cosine", "Cross", "Decoder", "Dense", "Device", "Dynamic", "Embedding", "Encoder", "Expert",
    "Feature", "Fused", "Gated", "Graph", "Head", "Kernel", "Layer", "Linear", "Local", "Masked",
    "Memory", "Mixer", "Module", "Multi", "Norm", "Packed", "Patch", "Pool", "Position", "Query",
    "Queue", "Recurrent", "Residual", "Rotary", "Sampler", "Scaled", "Shard", "Sparse", "State",
    "Stream", "Token", "Vector", "Window",
)  # fmt: skip

LINKS = (
    "Then", "Besides,", "In turn,", "By contrast,", "Even so,", "Therefore", "Of course,",
    "On a GPU,", "Under load,", "In a long run,", "As a rule,", "Strictly speaking,", "Later,",
)  # fmt: skip

TITLES = (
    "What does {term} do?", "When does {term} matter?", "Why is {term} slow here?",
    "{term} or {other}?", "{term} inside a {noun}", "Which {noun} does {term} change?",
    "The {noun} that {term} forgets", "Where does {term} allocate?", "{term}: one {noun} too many",
    "How {term} treats a {noun}", "What is left of the {noun} after {term}?",
    "A {noun} without {term}", "{term} and {other} together", "Is {term} still needed?",
    "What breaks when {term} is left out?", "Two ways to write {term}", "{term}, step by step",
    "Who owns the {noun} in {term}?", "Does {term} copy the {noun}?", "The cost of {term}",
    "A {noun} of the wrong shape for {term}", "Why {term} raises on the second {noun}",
    "From {other} to {term}", "Reading the {noun} after {term}", "{term} in a training loop",
    "Debugging {term} on one {noun}", "What an interviewer asks about {term}",
)  # fmt: skip

SENTENCES = (
    "`{term}` keeps the {noun} alive until the last {noun} that needs it is gone.",
    "Nothing is copied here: the {noun} and its view share one storage, and `{name}` shows it.",
    "A call of `{term}` costs about {number} bytes for each {noun}, whatever the dtype.",
    "The {noun} is built anew in every step, so a reference in `{name}` would hold it too long.",
    "Whoever writes `{name}` by hand meets the same trouble as with `{other}`.",
    "It raises when the {noun} was changed in place, because its version is checked.",
    "The default changed in release 2.{number}, and old tutorials still show the former one.",
    "With `{other}` beside it, the order of the two decides which {noun} wins.",
    "Gradients flow through `{term}`, yet not through the {noun} that was detached before.",
    "A good answer names the {noun} first, and only then how `{name}` is spelled.",
    "Memory grows with the number of layers, and `{term}` trades it for a second forward pass.",
    "The loss falls at first, stalls after {number} steps, and nobody looks at the {noun}.",
    "Broadcasting makes this silent: the {noun} has one dimension more than it should.",
    "You can see it in the profile: `{name}` waits for the device in every iteration.",
    "Set `{name}` before the first batch, otherwise the {noun} has been allocated already.",
    "On several processes each rank sees its own {noun}, and `{other}` must bring them together.",
    "Numerically it is safer to {verb} in float32 and to round once at the end.",
    "The optimizer holds the old {noun}; replace it afterwards and training goes on without it.",
    "Evaluation differs from training in two places, and `{term}` is one of them.",
    "What `{name}` returns is no leaf, so its gradient is dropped unless you ask for it.",
    "The mask is added before the exponential, hence a row of minus infinity gives a NaN.",
    "Reproducible runs need the seed, the generator of each worker, and `{other}` fixed.",
    "A checkpoint should hold the {noun}, the optimizer, the scheduler and the random state.",
    "Loading runs no code of strangers as long as `weights_only` is left alone.",
    "Hooks see the {noun} after it was computed; they may replace it but should not {verb} it.",
    "The compiler breaks the graph at `{name}`, for the value of a tensor decides a branch there.",
    "Contiguous memory is what the kernel wants, and `{term}` gives a strided {noun} instead.",
    "An integer tensor cannot require a gradient, which is why `{term}` refuses the {noun}.",
    "Half precision underflows near {number}e-8; scaling the loss lifts the gradients over that.",
    "Ask what happens for an empty batch: most versions of `{name}` divide by zero.",
    "The last batch is smaller, so its mean weighs more than it ought to.",
    "Pinned pages let the transfer overlap with compute, provided that the {noun} is not reused.",
    "Every worker imports the module again, and a global {noun} is not the one you changed.",
    "A buffer travels with the module to another device, a plain attribute stays behind.",
    "Padding tokens count in the average unless `{name}` leaves them out.",
    "Shape errors are the friendly ones; a wrong axis in `{term}` runs and learns nothing.",
    "The {noun} is sharded over the ranks, gathered for the forward pass, and freed again.",
    "Momentum remembers {number} steps, so a frozen {noun} goes on moving for a while.",
    "Weight decay is no penalty on the loss any more once `{other}` decouples it.",
    "A low temperature sharpens the distribution; the logits are divided, not the result.",
    "Keys and values of earlier tokens do not change, therefore caching them is exact.",
    "Before you {verb} the {noun}, check that its stride is what the next operator expects.",
    "The name `{name}` suggests otherwise, but the function works out of place.",
    "Two modules that share a parameter save it once and must be tied again after loading.",
)  # fmt: skip
