"""What pictures and statistics say of arrays."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from core.engine.run import Mode, run
from core.engine.samples import digits_sample, input_specs
from core.files import load
from core.initialise import Array
from core.program import build_program
from core.resolve import Resolver
from ui.array_picture import as_image, heat_map, histogram, is_image, pictures, sample_maps
from ui.colours import diverging, sequential
from ui.measure import LARGEST, figure, measure, sampled
from ui.results import ResultPictures, summary
from ui.style import apply_theme, current_theme
from ui.theme import DARK, LIGHT

TEMPLATES = Path(__file__).resolve().parents[2] / "assets" / "templates"


def lightness(table: Array) -> Array:
    """OKLab lightness of sRGB colours (Ottosson 2020)."""
    share = table / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    cones = linear @ np.array(
        [
            [0.4122214708, 0.2119034982, 0.0883024619],
            [0.5363325363, 0.6806995451, 0.2817188376],
            [0.0514459929, 0.1073969566, 0.6299787005],
        ]
    )
    light: Array = np.cbrt(cones) @ np.array([0.2104542553, 0.7936177850, -0.0040720468])
    return light


def test_the_sequential_map_grows_lighter_in_even_steps() -> None:
    light = lightness(sequential())
    steps = np.diff(light)
    assert (steps > -0.004).all()  # a step of eight bits may round down
    quarters = np.diff(light[[0, 64, 128, 192, 255]])
    assert quarters.min() > 0.5 * quarters.max()


def test_the_diverging_map_has_equally_dark_ends_and_a_light_middle() -> None:
    light = lightness(diverging())
    assert abs(light[0] - light[-1]) < 0.08
    assert light[127] > 0.95
    blue, orange = diverging()[0], diverging()[-1]
    assert blue[2] > blue[0] and orange[0] > orange[2]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (0.021, "0.021"), (0.9123, "0.91"), (-3.14159, "-3.14"), (0.0031, "3.1e-3"),
     (115.6, "115.6"), (54321.0, "5.4e4"), (float("nan"), "NaN"), (float("-inf"), "-∞")],
)  # fmt: skip
def test_figures_have_about_three_digits(value: float, text: str) -> None:
    assert figure(value) == text


def test_measures_are_those_of_numpy_over_the_finite_elements() -> None:
    array = np.array([0.0, 1.0, 2.0, np.nan, np.inf, 3.0], np.float32)
    found = measure(array)
    assert (found.mean, found.low, found.high) == (1.5, 0.0, 3.0)
    assert (found.nans, found.infinities) == (1, 1)
    assert found.zeros == 0.25
    assert measure(array[:3]).norm == pytest.approx(np.sqrt(5))


def test_a_norm_tells_that_it_is_no_number() -> None:
    assert np.isnan(measure(np.array([1.0, np.nan, np.inf])).norm)
    assert measure(np.array([1.0, -np.inf])).norm == np.inf
    assert np.isnan(measure(np.full(3, np.nan)).mean)
    lost = np.full((2, 2), np.nan, np.float32)
    assert summary(np.ones((2, 2), np.float32), lost) == "μ 1.00 σ 0 |∇| NaN"
    assert summary(lost, None) == "4 NaN μ NaN σ NaN"
    assert summary(np.array([np.inf, 1, 1, 1], np.float32), None) == "1 ∞ μ 1.00 σ 0"
    assert summary(np.array(np.inf, np.float32), None) == "∞"


def test_a_large_array_is_measured_at_an_even_choice_of_elements() -> None:
    array = np.arange(4 * LARGEST + 3, dtype=np.float32)
    found = measure(array)
    assert found.is_sampled
    assert found.mean == pytest.approx(array.mean(dtype=np.float64), rel=1e-3)
    assert found.norm == pytest.approx(float(np.linalg.norm(array.astype(np.float64))), rel=1e-3)


def test_digits_are_grey_pictures_of_themselves(qapp: QApplication) -> None:
    pixels = np.linspace(0, 1, 784, dtype=np.float32).reshape(1, 28, 28)
    assert is_image(pixels[np.newaxis])
    image = as_image(pixels)
    assert (image.width(), image.height()) == (28, 28)
    assert image.pixelColor(27, 27) == QColor(255, 255, 255)
    assert image.pixelColor(0, 0) == QColor(0, 0, 0)


def test_feature_maps_of_a_sample_share_one_scale(qapp: QApplication) -> None:
    maps = np.zeros((1, 2, 4, 4), np.float32)
    maps[0, 0] = 1.0
    maps[0, 1] = 0.5
    first, second = sample_maps(maps, 0)
    high, middle = sequential()[255], sequential()[128]
    assert first.pixelColor(0, 0) == QColor(*high.tolist())
    assert second.pixelColor(0, 0) == QColor(*middle.tolist())


def test_zero_is_the_middle_of_a_gradient_and_what_is_no_number_stands_out(qapp: QApplication) -> None:
    image = heat_map(np.array([[-2.0, 0.0, 1.0, np.nan]]), centred=True)
    assert image.pixelColor(1, 0) == QColor(*diverging()[128].tolist())
    assert image.pixelColor(0, 0) == QColor(*diverging()[0].tolist())
    assert image.pixelColor(3, 0) == QColor(current_theme().error)


@pytest.mark.parametrize(
    ("shape", "count"),
    [((), 0), ((0, 3), 0), ((5,), 1), ((2, 10), 1), ((1, 4000), 1), ((2, 3, 9), 1), ((2, 16, 5, 5), 8),
     ((2, 3, 4, 5, 5), 4)],
)  # fmt: skip
def test_every_rank_has_its_pictures(qapp: QApplication, shape: tuple[int, ...], count: int) -> None:
    array = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    found = pictures(array)
    assert len(found) == count
    assert not any(image.isNull() for image in found)


@pytest.mark.parametrize(
    "values", [[0.0], [1e30], [-3e38, 3e38], [1e30, 1.0000001e30], [1e-45, 0.0], [np.nan]]
)
def test_numbers_of_any_size_have_a_histogram(qapp: QApplication, values: list[float]) -> None:
    assert not pictures(np.array(values * 5, np.float32))[0].isNull()
    assert not histogram(np.array(values * 5), 96, 24).isNull()


def test_equal_values_are_one_bar_in_the_middle(qapp: QApplication) -> None:
    image = histogram(np.full(50, 1e30), 96, 24)
    high = [x for x in range(image.width()) if image.pixelColor(x, 4).alpha()]
    assert high and abs(sum(high) / len(high) - image.width() / 2) < image.width() / 20


def test_whole_numbers_are_listed() -> None:
    assert summary(np.arange(12), None) == "0 1 2 3 4 5 6 7 …"
    assert summary(np.arange(3), None) == "0 1 2"


def test_a_scalar_is_itself() -> None:
    assert summary(np.array(2.3456, np.float32), np.array(1.0, np.float32)) == "2.35 |∇| 1.00"


def test_every_call_path_has_results_of_its_own(qapp: QApplication) -> None:
    document = load(TEMPLATES / "residual-cnn.loom")
    program = build_program(document, Resolver(document))
    inputs = {name: np.ones(spec.shape, np.float32) for name, spec in input_specs(program).items()}
    shown = ResultPictures(document, run(program, {}, inputs, 0, Mode()))
    blocks = [node.id for node in document.nodes("main") if node.definition]
    inner = next(
        node for node in document.nodes(document.node(blocks[0]).definition or "") if node.name == "conv1"
    )
    texts = {shown.statistics((block,), inner.id) for block in blocks}
    assert len(texts) == len(blocks) == 3


def test_lenet_sees_the_digits(qapp: QApplication) -> None:
    document = load(TEMPLATES / "lenet5.loom")
    program = build_program(document, Resolver(document))
    inputs = {name: digits_sample(spec) for name, spec in input_specs(program).items()}
    result = run(program, {}, inputs, 0, Mode(backward=True))
    shown = ResultPictures(document, result)
    keys = {node.name: node.id for node in document.nodes("main")}
    counts = {name: len(shown.thumbnails((), key)) for name, key in keys.items()}
    assert counts["image"] == 8 and counts["conv1"] == 6 and counts["conv2"] == 8 and counts["mean_loss"] == 0
    assert shown.statistics((), keys["mean_loss"]).endswith("|∇| 1.00")


def test_pictures_follow_the_theme_and_a_run_that_has_become_old_keeps_them(qapp: QApplication) -> None:
    document = load(TEMPLATES / "mlp.loom")
    program = build_program(document, Resolver(document))
    inputs = {name: np.ones(spec.shape, np.float32) for name, spec in input_specs(program).items()}
    shown = ResultPictures(document, run(program, {}, inputs, 0, Mode()))
    key = document.nodes("main")[0].id
    before = shown.thumbnails((), key)
    shown.stale = True
    assert shown.thumbnails((), key) is before
    apply_theme(qapp, DARK)
    try:
        assert shown.thumbnails((), key) is not before
    finally:
        apply_theme(qapp, LIGHT)


def test_what_stands_in_another_order_is_measured_at_the_same_elements() -> None:
    array = np.random.default_rng(0).normal(size=(2, 300, 70, 50)).astype(np.float32)
    turned = np.ascontiguousarray(array.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    assert array.size > LARGEST and not turned.flags.c_contiguous
    np.testing.assert_array_equal(sampled(turned), sampled(array))
    assert measure(turned) == measure(array)
