"""Names from the drawing as names in code: safe in every target, and the same in each."""

import builtins
import keyword
import re
import unicodedata
from collections.abc import Container

# What a base class of a target already means by a name. Shadowing one breaks silently: a layer kept as
# `training` switches BatchNorm, one kept as `weights` or `layers` hides Keras's own property.
_TORCH = """
    T_destination add_module append apply bfloat16 buffers call_super_init children compile cpu cuda
    double dump_patches eval extend extra_repr float forward get_buffer get_extra_state get_parameter
    get_submodule half insert ipu load_state_dict modules mtia named_buffers named_children named_modules
    named_parameters parameters pop register_backward_hook register_buffer register_forward_hook
    register_forward_pre_hook register_full_backward_hook register_full_backward_pre_hook
    register_load_state_dict_post_hook register_load_state_dict_pre_hook register_module
    register_parameter register_state_dict_post_hook register_state_dict_pre_hook requires_grad_
    set_extra_state set_submodule share_memory state_dict to to_empty train training type xpu zero_grad
"""
_KERAS = """
    activity_regularizer add_loss add_metric add_variable add_weight autocast build build_from_config
    built call compile_from_config compile_loss compiled_metrics compute_dtype compute_loss compute_mask
    compute_metrics compute_output_shape compute_output_spec count_params distribute_reduction_method
    distribute_strategy dtype dtype_policy enable_lora evaluate export fit from_config get_build_config
    get_compile_config get_config get_layer get_metrics_result get_quantization_layer_structure
    get_state_tree get_weights input input_dtype input_shape input_spec inputs jit_compile layers
    load_own_variables load_weights loss losses make_predict_function make_test_function
    make_train_function metrics metrics_names metrics_variables name non_trainable_variables
    non_trainable_weights optimizer output output_shape outputs path predict predict_function
    predict_on_batch predict_step quantization_mode quantize quantized_build quantized_call
    rematerialized_call reset_metrics run_eagerly save save_own_variables save_weights set_state_tree
    set_weights stateless_call stateless_compute_loss stop_evaluating stop_predicting stop_training
    summary supports_jit supports_masking symbolic_call test_function test_on_batch test_step to_json
    train_function train_on_batch train_step trainable trainable_variables trainable_weights
    variable_dtype variables weights
"""
_FLAX = """
    bind capture_stacks clone copy eval_shape get_variable has_rng has_variable init init_with_output
    is_initializing is_mutable_collection iter_children iter_modules lazy_init make_rng module_paths param
    parent perturb put_variable rngs scope set_attributes setup share_scope sow tabulate unbind variable
"""
_GLUON = """
    cast collect_params hybrid_forward hybridize infer_shape infer_type initialize load_dict load_params
    name_scope optimize_for params prefix register_child register_op_hook reset_ctx reset_device
    save_params save_parameters load_parameters share_parameters
"""
_MODULES = "F flax jax jnp keras lax math mx nn nnx np npx ops model self tf torch"
_FILES = "check random sample"
_FUNCTIONS = """
    adaptive causal_mask chosen class_loss copied enlarged first_values give_first_values greatest
    gru_states lstm_states pad_edge partial placed repeat_while resampled rnn_states sinusoids unseen
    window_means with_states with_ties
"""
_GLUON_FUNCTIONS = """
    adaptive_max adaptive_mean cross_entropy cubic dilated_max elu gelu gelu_tanh hardswish interpolated
    leaky_relu nearest nearest_exact nll padded projected_lstm recur reflected relu6 renew repeated
    sequential silu take_along tie tie_transposed transposed_convolution truncated
"""

_PYTHON = frozenset([*keyword.kwlist, *keyword.softkwlist, *dir(builtins)])

CARRIED = ("carried", *(f"carried{number}" for number in range(1, 10)))
"""What the function of a loop calls the values that it changes, beside others that it reads."""

SHADOWING = _PYTHON | frozenset((*_MODULES.split(), *CARRIED))
"""Names that no variable may have: the code around it reads them."""

RESERVED = SHADOWING | frozenset(
    " ".join((_TORCH, _KERAS, _FLAX, _GLUON, _GLUON_FUNCTIONS, _FILES, _FUNCTIONS)).split()
)
"""Names that no attribute, function or file may have: each means something else in a target."""


def identifier(name: str, taken: Container[str] = (), otherwise: str = "layer") -> str:
    """The name in snake_case, unlike every reserved and every taken one.

    What cannot stand in an identifier is dropped (Chinese can stand); `otherwise` where nothing is left. A
    layer's reserved name becomes `output_layer`, another's `output_`.
    """
    found = _snake_case(name, otherwise)
    return free(f"{found}_layer" if found in RESERVED and otherwise == "layer" else found, taken)


def variable(name: str, taken: Container[str] = (), otherwise: str = "x") -> str:
    """The name of a value: `loss` and `weights` may be one, though a layer may not be called so."""
    return free(_snake_case(name, otherwise), taken, SHADOWING)


def constant_case(name: str, taken: Container[str] = ()) -> str:
    """A name that is an identifier already, with its capitals, made safe."""
    return free(_joined(_words(name), "size"), taken)


def class_name(name: str, taken: Container[str] = (), otherwise: str = "Module") -> str:
    """The name in CapWords: `residual block` becomes ResidualBlock."""
    words = _words(name)
    if len(words) == 1 and words[0].islower() and words[0].upper() in ACRONYMS:
        words = [words[0].upper()]
    return free(_joined([word[:1].upper() + word[1:] for word in words], otherwise, ""), taken)


ACRONYMS = frozenset({"MLP", "CNN", "RNN", "LSTM", "GRU", "VAE", "GAN", "VGG"})
"""Words that are written in capitals as a class's name."""


def free(name: str, taken: Container[str], reserved: Container[str] = RESERVED) -> str:
    """The name itself, with an underscore where it is reserved, with a number where it is taken."""
    if name in reserved:
        name += "_"
    if name not in taken:
        return name
    stem = name if name.endswith("_") else name + "_" if name[-1].isdigit() else name
    number = 2
    while f"{stem}{number}" in taken:
        number += 1
    return f"{stem}{number}"


def _snake_case(name: str, otherwise: str) -> str:
    words = (part.lower() for word in _words(name) for part in _HUMP.split(_WHOLE.sub(_as_one, word)))
    return _joined(list(words), otherwise)


def _as_one(found: "re.Match[str]") -> str:
    return found[0].capitalize()


_WHOLE = re.compile(
    r"(?:Re|Si)LU|(?:PyTorch|TensorFlow|MXNet|GoogLeNet|NiN|(?<![A-Z])[A-Z][a-z]{0,7}Net)(?![a-z])"
)
"""Written as one word in snake_case: relu, lenet5, resnet18."""

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z0-9])(?=[A-Z][a-z])")
"""Where a word begins inside of another: Residual CNN, Mobilenet V2; Conv2D is one."""


def _words(name: str) -> list[str]:
    # Python reads identifiers in this form, so two names that differ only before it would clash.
    plain = unicodedata.normalize("NFKC", name)
    spaced = "".join(sign if ("_" + sign).isidentifier() else " " for sign in plain)
    # `block 1` and `LeNet-5` are written block1 and lenet5.
    joined = re.sub(r"(?<=[^\W\d_])[\s_]+(?=\d+(?:[\s_]|$))", "", spaced.strip(" _"))
    return re.split(r"[\s_]+", joined) if joined else []


def _joined(words: list[str], otherwise: str, between: str = "_") -> str:
    name = between.join(words) or otherwise
    return name if name.isidentifier() else f"{otherwise}{between}{name}"
