"""What Numba has compiled as an object file, which is loaded without Numba.

Numba's functions return a status beside their result, for exceptions, which kernels have none of. Each gets
a function in front of it that other code, and Python, can call: its name is `file.function`.
"""

from collections.abc import Mapping
from typing import Any

import llvmlite.binding as llvm


def object_of(file: str, kernels: Mapping[str, Any]) -> bytes:
    """The compiled kernels of a file that take and return whole words alone, for the processor at hand."""
    from numba import types

    found: Any = llvm.parse_assembly("")
    for name, compiled in kernels.items():
        ((arguments, made),) = compiled.overloads.items()
        if any(type_ != types.int64 for type_ in (*arguments, made.signature.return_type)):
            continue
        front = _front(f"{file}.{name}", made.fndesc.llvm_func_name, len(arguments))
        found.link_in(llvm.parse_assembly(compiled.inspect_llvm(arguments) + front))
    found.verify()
    return bytes(_machine().emit_object(found))


def _front(name: str, behind: str, count: int) -> str:
    """The function of that name in LLVM's words: it calls Numba's, and returns the result alone."""
    arguments = ", ".join(f"i64 %{number}" for number in range(count))
    return f"""
    define i64 @"{name}"({arguments}) {{
      %result = alloca i64
      %exception = alloca ptr
      %status = call i32 @"{behind}"(ptr %result, ptr %exception, {arguments})
      %value = load i64, ptr %result
      ret i64 %value
    }}
    """


def _machine() -> Any:
    from numba.core import config

    asked: Any = config  # what its variables in the environment say
    target = llvm.Target.from_default_triple()
    features = asked.CPU_FEATURES or llvm.get_host_cpu_features().flatten()
    name = asked.CPU_NAME or llvm.get_host_cpu_name()
    return target.create_target_machine(cpu=name, features=features, opt=3, jit=True)
