"""The compiled kernels in this process: each file's are loaded when the first of them is asked for."""

import ctypes
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import llvmlite.binding as llvm

from ..engine import warm


@cache
def kernel_address(name: str) -> int:
    """The address of a compiled kernel, `file.function`."""
    address = int(_loaded(name.partition(".")[0]).get_function_address(name))
    assert address, f"there is no kernel {name}"
    return address


def function(name: str, count: int) -> Callable[..., int]:
    """A compiled kernel of so many words, to be called from Python; other threads go on meanwhile."""
    # Addresses go through ctypes twice as fast as numbers do, and words are as long.
    type_ = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_void_p] * count)
    return type_(kernel_address(name))


@cache
def _loaded(file: str) -> Any:
    """LLVM's own loader with the kernels of a file."""
    engine = _engine()
    engine.add_object_file(llvm.ObjectFileRef.from_data(_objects()[file]))
    engine.finalize_object()
    return engine


@cache
def _objects() -> Mapping[str, bytes]:
    """The object files, unharmed; LLVM is given no others."""
    return warm.taken()


@cache
def _engine() -> Any:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine(jit=True)
    return llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
