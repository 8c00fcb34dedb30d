"""The command that trains a design, and writes the weights beside it."""

import argparse
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

from core.document import Document
from core.engine.network import PlanError
from core.engine.objective import Objective, objective_of
from core.engine.samples import SampleError
from core.engine.train import Batch, Score, Step, evaluate, train
from core.engine.training_data import Data, batches, fit, is_picture, read_data, split
from core.engine.weightfile import WeightsError, save_weights
from core.engine.weights import Weights, initial
from core.program import Program, slots
from core.text import tr

from .command import Opened, Refusal, Spoken, design_argument, opened
from .kernels import compiled
from .optimisers import clip_of, declare_optimiser, optimiser_of, part
from .progress import clear, show
from .runs import add_exact_option, positive, whole
from .weights import add_weight_options, beside, weights_to_continue

REPORTS = 10
"""How often a training tells how it stands."""

STOPPED = 130
"""The exit code after Ctrl+C, as shells have it."""


def _declare(parser: argparse.ArgumentParser) -> None:
    design_argument(parser)
    _declare_data(parser)
    _declare_steps(parser)
    add_exact_option(parser)
    add_weight_options(parser)
    parser.add_argument(
        "--save", type=Path, metavar="OUT", help=tr("where the weights go instead of beside the design")
    )
    parser.add_argument("--json", action="store_true", help=tr("as JSON instead of lines"))


def _declare_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", required=True, metavar="DATA",
        help=tr("`digits`, an .npz with arrays named like the inputs and `labels`, or a .csv, labels last"),
    )  # fmt: skip
    parser.add_argument(
        "--input", action="append", default=[], metavar="NAME",
        help=tr("the array that an input takes, as INPUT=NAME where there are several"),
    )  # fmt: skip
    parser.add_argument("--labels", metavar="NAME", help=tr("the array of labels"))
    parser.add_argument("--output", metavar="NAME", help=tr("the output to train, where there are several"))
    parser.add_argument(
        "--test-part", type=part, default=0.2, metavar="P", help=tr("the part that is held out, to test on")
    )
    parser.add_argument(
        "--split-seed", type=whole, default=0, metavar="N", help=tr("another choice of what is held out")
    )
    parser.add_argument(
        "--shift", type=_not_negative, default=0, metavar="N",
        help=tr("move pictures by up to so many pixels at each step"),
    )  # fmt: skip


def _declare_steps(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--steps", type=positive, default=1000, metavar="N", help=tr("how many steps"))
    parser.add_argument("--batch", type=positive, default=64, metavar="N", help=tr("examples in a step"))
    declare_optimiser(parser)
    parser.add_argument(
        "--falling", action="store_true", help=tr("let the rate go down to zero along half a cosine")
    )
    parser.add_argument(
        "--seed", type=whole, default=0, metavar="N", help=tr("for first weights and the order of examples")
    )
    parser.add_argument(
        "--only", metavar="PATH", help=tr("train only what lies below this path of names, such as net1")
    )


def _not_negative(text: str) -> int:
    return 0 if text == "0" else positive(text)


@dataclass
class _Course:
    """What came of a training so far."""

    step: Step | None = None
    since: list[Step] = field(default_factory=list)
    history: list[dict[str, object]] = field(default_factory=list)
    stopped: bool = False


@dataclass(frozen=True)
class _Setting:
    """What is trained on what."""

    objective: Objective
    weights: Weights
    trained_on: Batch
    held_out: Batch
    only: Collection[str] | None
    options: argparse.Namespace
    kernels: bool

    @property
    def held_count(self) -> int:
        return len(next(iter(self.held_out.values())))

    def steps(self) -> Iterator[Step]:
        options = self.options
        drawn = batches(self.trained_on, options.batch, options.seed, options.shift)
        return train(
            self.objective, self.weights, drawn, optimiser_of(options), options.steps, options.seed,
            only=self.only, falling=options.falling, clip=clip_of(options), kernels=self.kernels,
            exact=options.exact,
        )  # fmt: skip

    def score(self, weights: Weights) -> Score | None:
        """How well they do on what is held out; None where nothing is."""
        if not self.held_count:
            return None
        return evaluate(
            self.objective, weights, self.held_out, kernels=self.kernels, exact=self.options.exact
        )


def _train(options: argparse.Namespace) -> int:
    design = opened(options.file)
    optimiser_of(options)  # wrong options are told before anything is read
    begin = perf_counter()
    try:
        setting = _setting(design.document, design.program(), options)
        course = _followed(setting)
        assert course.step is not None, "a training has a step or is refused"
        score = setting.score(course.step.weights)
        target = options.save or beside(options.file)
        save_weights(target, design.program(), course.step.weights)
    except PlanError as error:
        raise Refusal(_placed(design, error)) from error
    except (SampleError, WeightsError) as error:
        raise Refusal(str(error)) from error
    _conclude(setting, course, score, target, perf_counter() - begin)
    return STOPPED if course.stopped else 0


def _placed(design: Opened, error: PlanError) -> str:
    """With the call in front, where that is one of the design's own."""
    known = error.path and all(design.document.get(key) is not None for key in error.path)
    return f"{design.place(error.path)}: {error}" if known else str(error)


def _setting(document: Document, program: Program, options: argparse.Namespace) -> _Setting:
    data = read_data(options.data)
    objective = objective_of(document, data.labels(options.labels), options.output)
    examples = fit(objective, data, _inputs(objective, options.input), options.labels)
    trained_on, held_out = split(objective, examples, options.test_part, options.split_seed)
    _check(options, trained_on, data)
    only = None if options.only is None else _below(program, options.only)
    weights = {**initial(program, None, options.seed), **weights_to_continue(program, options)}
    if not options.json:
        _introduce(objective, trained_on, held_out)
    return _Setting(objective, weights, trained_on, held_out, only, options, compiled())


def _check(options: argparse.Namespace, trained_on: Batch, data: Data) -> None:
    arrays = trained_on.values()
    if not len(next(iter(arrays))):
        raise Refusal(tr("{source} leaves no examples to train on", source=data.source))
    if options.shift and not any(map(is_picture, arrays)):
        raise Refusal(tr("--shift: no input takes pictures, such as B×1×28×28"))


def _inputs(objective: Objective, given: list[str]) -> dict[str, str]:
    """The arrays that inputs take, by input, from `NAME` or `INPUT=NAME`."""
    chosen = {}
    for text in given:
        name, mark, array = text.partition("=")
        if not mark and len(objective.inputs) == 1:
            name, array = objective.inputs[0], text
        if name not in objective.inputs or not array:
            known = ", ".join(objective.inputs) or tr("none")
            raise Refusal(
                tr("--input: expected INPUT=NAME with one of {names}, got {given}", names=known, given=text)
            )
        chosen[name] = array
    return chosen


def _below(program: Program, path: str) -> set[str]:
    """The slots whose dotted names lie below a path."""
    every = list(slots(program))
    found = {slot.name for slot in every if slot.dotted == path or slot.dotted.startswith(f"{path}.")}
    if not found:
        tops = ", ".join(dict.fromkeys(slot.dotted.partition(".")[0] for slot in every)) or tr("none")
        raise Refusal(
            tr("--only: there are no weights below {path}; there are {names}", path=path, names=tops)
        )
    return found


def _introduce(objective: Objective, trained_on: Batch, held_out: Batch) -> None:
    counts = [len(next(iter(part.values()))) for part in (trained_on, held_out)]
    print(objective.sentence)
    print(tr("{trained} examples to train on, {held} held out", trained=counts[0], held=counts[1]))


def _followed(setting: _Setting) -> _Course:
    """Trains to the end, or until Ctrl+C."""
    course = _Course()
    total = setting.options.steps
    try:
        for step in setting.steps():
            course.step = step
            course.since.append(step)
            _tell_step(step, total)
            if step.number % max(1, total // REPORTS) == 0 or step.number == total:
                _report(setting, course)
    except KeyboardInterrupt:
        if course.step is None:
            raise
        course.stopped = True
    return course


def _tell_step(step: Step, total: int) -> None:
    show(tr("step {step} of {total}, loss {loss}", step=step.number, total=total, loss=_short(step.loss)))


def _report(setting: _Setting, course: _Course) -> None:
    """A line about the steps since the last one."""
    assert course.step is not None, "there is a step to report"
    since, course.since = course.since, []
    loss = sum(step.loss for step in since) / len(since)
    right = [step.accuracy for step in since if step.accuracy is not None]
    score = setting.score(course.step.weights)
    entry: dict[str, object] = {"step": course.step.number, "loss": loss}
    line = tr("step {step}: loss {loss}", step=course.step.number, loss=_short(loss))
    if right:
        entry["accuracy"] = sum(right) / len(right)
        line += tr(", accuracy {part}", part=_percent(sum(right) / len(right)))
    if score is not None:
        entry["held_out"] = _plain(setting, score)
        line += tr("; held out: {score}", score=_spelt(score))
    course.history.append(entry)
    if not setting.options.json:
        clear()
        print(line, flush=True)


def _conclude(setting: _Setting, course: _Course, score: Score | None, target: Path, seconds: float) -> None:
    assert course.step is not None, "a training ends with a step"
    number = course.step.number
    if setting.options.json:
        told = {
            "steps": number,
            "stopped": course.stopped,
            "loss": course.step.loss,
            "held_out": None if score is None else _plain(setting, score),
            "history": course.history,
            "seconds": seconds,
            "saved": str(target),
        }
        print(json.dumps(told, ensure_ascii=False))
        return
    clear()
    if course.stopped:
        print(tr("stopped after step {step}", step=number))
    if score is not None:
        count = setting.held_count
        print(tr("on {count} examples held out: {score}", count=count, score=_spelt(score)))
    print(tr("the weights are saved in {file}", file=target))


def _spelt(score: Score) -> str:
    text = tr("loss {loss}", loss=_short(score.loss))
    return text if score.accuracy is None else text + tr(", accuracy {part}", part=_percent(score.accuracy))


def _plain(setting: _Setting, score: Score) -> dict[str, object]:
    return {"examples": setting.held_count, "loss": score.loss, "accuracy": score.accuracy}


def _short(number: float) -> str:
    return f"{number:.4g}"


def _percent(part: float) -> str:
    return f"{100 * part:.1f} %"


TRAIN = Spoken("train a design on data, and write the weights beside it", _declare, _train)
