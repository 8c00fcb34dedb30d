"""The plan: data that holds together, in an arena where nothing overlaps that lives at once."""

import os
import pickle
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, strategies as st

from core.engine import memory
from core.engine.memory import ALIGNMENT, Span, aligned, offsets_of, readable
from core.engine.network import PlanError
from core.engine.plan import Plan, build_plan
from core.engine.validate import validate
from core.platform import available_memory
from core.templates import templates

from .designs import MLP, Layers, chain, design, program_of


@st.composite
def spans(draw: st.DrawFn) -> list[Span]:
    """Lives in the order of their beginning."""
    first = sorted(draw(st.lists(st.integers(0, 30), max_size=40)))
    lengths = st.none() | st.integers(0, 12)
    lasts = [None if (n := draw(lengths)) is None else start + n for start in first]
    return [Span(draw(st.integers(0, 1000)), a, b) for a, b in zip(first, lasts, strict=True)]


@given(spans())
def test_no_two_values_that_live_at_once_share_memory(lives: list[Span]) -> None:
    offsets, needed = offsets_of(lives)
    ends = [offset + aligned(life.size) for offset, life in zip(offsets, lives, strict=True)]
    assert all(offset % ALIGNMENT == 0 for offset in offsets)
    assert max(ends, default=0) <= needed <= sum(aligned(life.size) for life in lives)
    for i, one in enumerate(lives):
        for j in range(i):
            last = lives[j].last
            apart_in_time = last is not None and last < one.first
            assert apart_in_time or ends[j] <= offsets[i] or ends[i] <= offsets[j]


def test_room_is_used_again() -> None:
    chain_of_values = [Span(1024, time, time + 1) for time in range(100)]
    assert offsets_of(chain_of_values)[1] == 2 * 1024


@st.composite
def small_networks(draw: st.DrawFn) -> tuple[dict[str, Any], str]:
    """A random graph of layers that keep B×4, and views of it."""
    layers: dict[str, Any] = {"x": ("Input", {"shape": "B, 4"})}
    wires = []
    flat = ["x"]
    kinds = st.sampled_from(["Linear", "ReLU", "Softmax", "Add", "Fold", "Dropout", "BatchNorm1d"])
    for place_ in range(draw(st.integers(1, 8))):
        kind, key = draw(kinds), f"n{place_}"
        sources = st.sampled_from(flat)
        ports = ("x1", "x2") if kind == "Add" else ("x",)
        wires += [f"{draw(sources)} > {key}.{port}" for port in ports]
        layers[key] = (kind, {"out_features": 4} if kind == "Linear" else {})
        if kind == "Fold":
            layers[key] = ("Reshape", {"shape": "B, 2, 2"})
            layers[f"{key}flat"] = ("Flatten", {})
            wires.append(f"{key} > {key}flat")
        flat.append(f"{key}flat" if kind == "Fold" else key)
    for place_ in range(draw(st.integers(1, 2))):
        wires.append(f"{draw(st.sampled_from(flat))} > y{place_}")
        layers[f"y{place_}"] = ("Output", {})
    return layers, "; ".join(wires)


@given(small_networks(), st.booleans(), st.booleans(), st.booleans())
def test_every_plan_reads_what_was_written(
    network: tuple[dict[str, Any], str], training: bool, backward: bool, keep: bool
) -> None:
    program = program_of(design(*network))
    plan = build_plan(program, {"B": 3}, training=training, backward=backward, keep=keep)
    validate(plan)
    assert not plan.skipped
    assert set(plan.outputs) == {key for key in network[0] if key[0] == "y"}


def damaged(plan: Plan) -> list[Plan]:
    """The plan with a fault of each kind that validation is there for."""
    buffers = list(plan.buffers)
    number = plan.instructions[0].outputs[0]
    outside, crooked = list(buffers), list(buffers)
    outside[number] = replace(buffers[number], offset=plan.arena_bytes)
    crooked[number] = replace(buffers[number], offset=4)
    alike = [replace(b, offset=0) if b.offset is not None else b for b in buffers]
    return [
        replace(plan, buffers=tuple(outside)),
        replace(plan, buffers=tuple(crooked)),
        replace(plan, buffers=tuple(alike)),
        replace(plan, instructions=plan.instructions[::-1]),
        replace(plan, instructions=plan.instructions[1:]),
    ]


@pytest.mark.parametrize("fault", range(5))
def test_a_damaged_plan_is_found_out(fault: int) -> None:
    plan = build_plan(program_of(chain("B, 4", *MLP)), {}, backward=True)
    with pytest.raises(AssertionError):
        validate(damaged(plan)[fault])


@pytest.mark.parametrize("template", templates(), ids=lambda template: template.id)
def test_plans_are_data(template: Any) -> None:
    plan = build_plan(program_of(template.small()), {}, backward=True, training=True)
    assert pickle.loads(pickle.dumps(plan)) == plan


def test_a_reshape_takes_no_memory_and_no_time() -> None:
    flat = build_plan(program_of(chain("B, 4", ("ReLU", {}))), {})
    folded = build_plan(program_of(chain("B, 4", ("ReLU", {}), ("Reshape", {"shape": "B, 2, 2"}))), {})
    assert folded.arena_bytes == flat.arena_bytes
    assert len(folded.instructions) == len(flat.instructions)


def test_values_that_nobody_keeps_leave_their_memory() -> None:
    program = program_of(chain("B, 1000", *[("ReLU", {})] * 20))
    kept = build_plan(program, {})
    passing = build_plan(program, {}, keep=False)
    assert kept.arena_bytes == 20 * aligned(2 * 1000 * 4)
    assert passing.arena_bytes <= 3 * aligned(2 * 1000 * 4)
    assert not passing.values


def test_a_plan_that_would_not_fit_is_refused_with_the_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_memory", lambda: 1_000_000)
    program = program_of(chain("B, 1000", ("ReLU", {})))
    build_plan(program, {"B": 10})
    with pytest.raises(
        PlanError, match=r"^the run needs \d\.\d MB of memory, 1\.0 MB are available; a smaller"
    ):
        build_plan(program, {"B": 100})


def test_a_billion_features_are_refused_before_anything_is_taken() -> None:
    program = program_of(chain("B, 1000", ("Linear", {"out_features": 10**9})))
    with pytest.raises(PlanError, match=r"needs 4\.\d TB of memory"):
        build_plan(program, {})


def test_what_cannot_run_says_why() -> None:
    layers: Layers = {
        "x": ("Input", {"shape": "B, 4"}),
        "fine": ("ReLU", {}),
        "lonely": ("ReLU", {}),
        "after": ("Linear", {"out_features": 2}),
        "odd": ("Wobble", {}),
        "y": ("Output", {}),
    }
    plan = build_plan(program_of(design(layers, "x > fine; lonely > after; after > y; x > odd")), {})
    assert (("fine",), "y") in plan.values
    assert not plan.outputs
    assert set(plan.skipped) == {("lonely",), ("after",), ("odd",), ("y",)}
    assert plan.skipped["after",] == "waits for lonely"
    assert plan.skipped["y",] == "waits for after"


def test_inputs_without_a_sample_stop_only_what_needs_them() -> None:
    layers: Layers = {
        "a": ("Input", {"shape": "B, 4"}),
        "b": ("Input", {"shape": "B, 4", "order": 1}),
        "left": ("ReLU", {}),
        "sum": ("Add", {}),
        "y": ("Output", {}),
    }
    program = program_of(design(layers, "a > left; left > sum.x1; b > sum.x2; sum > y"))
    plan = build_plan(program, {}, given={"a"})
    assert (("left",), "y") in plan.values
    assert plan.skipped == {
        ("b",): "no sample is bound to this input",
        ("sum",): "waits for b",
        ("y",): "waits for sum",
    }


HALVED: Layers = {
    "x": ("Input", {"shape": "B, H", "sizes": "B=2, H=8"}),
    "cut": ("Reshape", {"shape": "B, H//2, 2"}),
    "y": ("Output", {}),
}


def test_an_open_condition_fails_at_the_sizes_that_break_it() -> None:
    program = program_of(design(HALVED, "x > cut; cut > y"))
    assert build_plan(program, {"H": 6}).outputs
    with pytest.raises(PlanError) as caught:
        build_plan(program, {"H": 7})
    assert caught.value.path == ("cut",)
    assert "elements" in caught.value.message


def test_what_stands_in_a_loop_or_nests_in_itself_is_left_out() -> None:
    layers: Layers = {
        "x": ("Input", {"shape": "B, 4"}),
        "a": ("Add", {}),
        "b": ("ReLU", {}),
        "self": ("@main", {}),
        "fine": ("ReLU", {}),
        "y": ("Output", {}),
        "z": ("Output", {"order": 1}),
    }
    program = program_of(design(layers, "x > a.x1; b > a.x2; a > b; b > y; x > self.x; x > fine; fine > z"))
    plan = build_plan(program, {}, backward=True)
    assert set(plan.outputs) == {"z"}
    assert {("self",), ("y",)} < set(plan.skipped) <= {("a",), ("b",), ("self",), ("y",)}


def test_a_network_of_nothing_has_an_empty_plan() -> None:
    plan = build_plan(program_of(design({}, "")), {}, backward=True, training=True)
    assert not plan.instructions and not plan.outputs and plan.arena_bytes == 0


def test_the_memory_that_is_left_is_part_of_what_there_is() -> None:
    available = available_memory()
    assert available is not None
    assert 1_000_000 < available <= os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (123_456, "123 kB"), (4 * 10**12, "4.0 TB")],
)
def test_bytes_are_told_as_people_say_them(size: int, text: str) -> None:
    assert readable(size) == text
