"""The compiled kernels in this process: each file's are loaded when the first of them is asked for."""

import ctypes
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm

from ..engine import warm
from ..ops.jit import cache_folder


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
    engine.add_object_file(llvm.ObjectFileRef.from_data(_object(file)))
    engine.finalize_object()
    return engine


def _object(file: str) -> bytes:
    """An object file; made again where it was deleted, as all are that nobody has used for long."""
    path = _folder() / f"{file}.o"
    try:
        return path.read_bytes()
    except FileNotFoundError:
        warm.compile_now()
        return path.read_bytes()


@cache
def _folder() -> Path:
    """Where the object files are. They are made first where they never were."""
    if not warm.ready():
        warm.compile_now()
    folder = cache_folder()
    warm.use(folder)
    return folder


@cache
def _engine() -> Any:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine(jit=True)
    return llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
