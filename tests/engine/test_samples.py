"""Samples: of the input's type or refused in a sentence, whatever the file holds."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.engine.samples import InputSpec, SampleError, digits_sample, file_sample, input_specs, random_sample

from .designs import design, program_of


def spec(shape: str, dtype: str = "float32", bound: int = 10, sizes: str = "B=4") -> InputSpec:
    """What an Input with these arguments takes."""
    arguments = {"shape": shape, "dtype": dtype, "bound": bound, "sizes": sizes}
    return input_specs(program_of(design({"x": ("Input", arguments)}, "")))["x"]


def saved(folder: Path, name: str, array: Any) -> Path:
    """A file of that name with the array, or the text or bytes."""
    path = folder / name
    if isinstance(array, bytes):
        path.write_bytes(array)
    elif isinstance(array, str):
        path.write_text(array, "utf-8")
    else:
        np.save(path, array, allow_pickle=True)
    return path


def test_random_samples_depend_on_the_seed_and_the_name_alone() -> None:
    one = random_sample(spec("B, 3"), 0)
    assert one.dtype == np.float32 and one.shape == (4, 3)
    assert np.array_equal(one, random_sample(spec("B, 3"), 0))
    assert not np.array_equal(one, random_sample(spec("B, 3"), 1))


def test_random_whole_numbers_stay_below_the_bound() -> None:
    drawn = random_sample(spec("B, 100", "int64", bound=3), 0)
    assert set(drawn.ravel().tolist()) == {0, 1, 2} and drawn.dtype == np.int64


@pytest.mark.parametrize(
    ("shape", "found", "wanted"),
    [
        ("B, 3", (7, 3), (7, 3)),
        ("B, 3", (3,), (4, 3)),
        ("B, C, 2", (5, 6, 2), (5, 6, 2)),
        ("3, 2", (3, 2), (3, 2)),
        ("B, 2*B", (3, 6), (3, 6)),
    ],
)
def test_an_array_says_the_batch_or_serves_for_all_of_it(
    tmp_path: Path, shape: str, found: tuple[int, ...], wanted: tuple[int, ...]
) -> None:
    array = np.arange(np.prod(found), dtype=np.float64).reshape(found)
    sample = file_sample(spec(shape), saved(tmp_path, "a.npy", array))
    assert sample.shape == wanted and sample.dtype == np.float32
    assert np.array_equal(sample, np.broadcast_to(array, wanted))


REFUSED: list[tuple[str, Any, InputSpec, str]] = [
    ("a.npy", np.zeros((2, 5)), spec("B, 3"), "a.npy is 2×5 of float64, x takes B×3 of float32"),
    ("a.npy", np.zeros((2, 3, 1)), spec("B, 3"), "a.npy is 2×3×1 of float64, x takes B×3 of float32"),
    ("a.npy", np.zeros((3, 5)), spec("B, 2*B"), "a.npy is 3×5 of float64, x takes B×(2*B) of float32"),
    ("a.npy", np.zeros((0, 3)), spec("B, 3"), "a.npy is 0×3 of float64, x takes B×3 of float32"),
    ("a.npy", np.array(["a"]), spec("B"), "a.npy holds <U1, x takes B of float32"),
    ("a.npy", np.array([0.5]), spec("B", "int64"), "a.npy holds fractions, x takes whole numbers"),
    ("a.npy", np.array([3, 10]), spec("B", "int64"), "a.npy holds 3 to 10, x takes 0 to 9"),
    ("a.npy", np.array([-1, 1]), spec("B", "int64"), "a.npy holds -1 to 1, x takes 0 to 9"),
    ("a.npy", np.array([{}]), spec("B"), "a.npy holds a pickle, which could run code and is not opened"),
    ("a.npy", pickle.dumps([1]), spec("B"), "a.npy holds a pickle, which could run code and is not opened"),
    ("a.npy", b"", spec("B"), "a.npy is not an array file, or is damaged"),
    ("a.npy", b"\x93NUMPY\x01\x00", spec("B"), "a.npy is not an array file, or is damaged"),
    ("a.npz", b"PK not really", spec("B"), "a.npz is not an archive of arrays"),
    ("a.csv", "1,2\n3\n", spec("B, 2"), "a.csv has 1 values in row 2 and 2 in row 1"),
    ("a.csv", "1,2\n3,four\n", spec("B, 2"), "a.csv has 'four' in row 2, expected a number"),
    ("a.csv", "", spec("B, 2"), "a.csv holds no rows"),
    ("a.csv", b"\xff\xfe\x00", spec("B, 2"), "a.csv is not a table of numbers separated by commas"),
    ("a.csv", "1,2,3\n", spec("B, 2"), "a.csv is 1×3 of float64, x takes B×2 of float32"),
    ("a.png", b"not a picture", spec("B, 3, 4, 4"), "a.png is not a PNG or JPEG picture"),
    ("a.jpg", b"\xff\xd8\xff", spec("B, 3, 4, 4"), "a.jpg is not a PNG or JPEG picture"),
    ("a.png", b"", spec("B, 5, 4, 4"),
     "a.png is a picture, x takes B×5×4×4 of float32, not one or three channels"),
    ("a.wav", b"", spec("B"),
     "a.wav is of no kind that can be read; those are .npy, .npz, .csv, .png, .jpg, .jpeg"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "wanted", "text"), REFUSED, ids=lambda value: str(value)[:40])
def test_what_does_not_fit_is_refused_in_a_sentence(
    tmp_path: Path, name: str, content: Any, wanted: InputSpec, text: str
) -> None:
    with pytest.raises(SampleError) as caught:
        file_sample(wanted, saved(tmp_path, name, content))
    assert str(caught.value) == text


def test_a_pickle_is_not_run(tmp_path: Path) -> None:
    mark = tmp_path / "mark"

    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (mark,))

    np.savez(tmp_path / "a.npz", x=np.array([Trap()], dtype=object))
    with pytest.raises(SampleError, match=r"^a\.npz holds a pickle"):
        file_sample(spec("B"), tmp_path / "a.npz")
    with pytest.raises(SampleError, match=r"^a\.npy holds a pickle"):
        file_sample(spec("B"), saved(tmp_path, "a.npy", np.array([Trap()], dtype=object)))
    assert not mark.exists()


def test_an_archive_gives_the_array_of_the_inputs_name_or_its_only_one(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.ones((1, 3)), z=np.zeros((1, 3)))
    np.savez_compressed(tmp_path / "b.npz", z=np.ones((1, 3)))
    np.savez(tmp_path / "c.npz", y=np.ones((1, 3)), z=np.ones((1, 3)))
    assert file_sample(spec("B, 3"), tmp_path / "a.npz").all()
    assert file_sample(spec("B, 3"), tmp_path / "b.npz").all()
    with pytest.raises(SampleError, match=r"^c\.npz holds y, z, but no array named x$"):
        file_sample(spec("B, 3"), tmp_path / "c.npz")


@pytest.mark.parametrize("cut", [32, 200, 300])
def test_a_damaged_archive_is_refused(tmp_path: Path, cut: int) -> None:
    np.savez(tmp_path / "a.npz", x=np.ones((4, 30)))
    whole = (tmp_path / "a.npz").read_bytes()
    (tmp_path / "a.npz").write_bytes(whole[:cut] + b"!!!!" + whole[cut + 4 :])
    with pytest.raises(SampleError, match=r"^a\.npz "):
        file_sample(spec("B, 30"), tmp_path / "a.npz")


def test_a_table_may_have_a_heading_and_write_out_the_axes(tmp_path: Path) -> None:
    path = saved(tmp_path, "a.csv", "a,b,c,d\n1,2,3,4\n5,6,7,8\n")
    assert file_sample(spec("B, 1, 2, 2"), path).tolist() == [[[[1, 2], [3, 4]]], [[[5, 6], [7, 8]]]]
    labels = saved(tmp_path, "b.csv", "label\n3\n0\n")
    assert file_sample(spec("B", "int64"), labels).tolist() == [3, 0]


@pytest.mark.parametrize("name", ["a.png", "a.jpg"])
def test_a_picture_becomes_the_inputs_size_and_channels(tmp_path: Path, name: str) -> None:
    Image.new("RGB", (9, 7), (255, 0, 0)).save(tmp_path / name)
    coloured = file_sample(spec("B, 3, 4, 6"), tmp_path / name)
    assert coloured.shape == (4, 3, 4, 6) and coloured.dtype == np.float32
    np.testing.assert_allclose(coloured[0].mean(axis=(1, 2)), [1, 0, 0], atol=0.01)
    grey = file_sample(spec("1, 4, 6"), tmp_path / name)
    assert grey.shape == (1, 4, 6)
    np.testing.assert_allclose(grey, 76 / 255, atol=0.01)  # ITU-R 601-2 luma of red: 0.299


def test_a_picture_with_too_many_pixels_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.new("L", (20, 20)).save(tmp_path / "a.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 300)
    with pytest.raises(SampleError, match=r"^a\.png has too many pixels for a sample$"):
        file_sample(spec("B, 1, 4, 4"), tmp_path / "a.png")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    for name in ("a.npy", "a.npz", "a.csv", "a.png"):
        with pytest.raises(SampleError, match=r"^cannot read .*No such file or directory$"):
            file_sample(spec("B, 1, 4, 4"), tmp_path / name)


def test_digits_come_as_images_and_as_labels_of_the_same_number() -> None:
    images = digits_sample(spec("B, 1, 28, 28"), start=5)
    labels = digits_sample(spec("B", "int64"), start=5)
    assert images.shape == (4, 1, 28, 28) and images.dtype == np.float32
    assert images.min() == 0 and 0.9 < images.max() <= 1
    assert labels.shape == (4,) and labels.max() < 10
    assert np.array_equal(digits_sample(spec("B, 784"), start=6)[:3].reshape(3, 1, 28, 28), images[1:])
    assert np.array_equal(digits_sample(spec("B", "int64"), start=1005), labels)


def test_a_sample_that_memory_would_not_hold_is_refused(tmp_path: Path) -> None:
    huge = spec("B, 1000, 1000, 1000", sizes="B=1000")
    with pytest.raises(SampleError, match=r"^a sample for x needs 4\.0 TB of memory, .* are available$"):
        random_sample(huge, 0)
    many = spec("B, 100", sizes="B=100_000_000_000".replace("_", ""))
    with pytest.raises(SampleError, match=r"^a sample for x needs 40\.0 TB of memory"):
        file_sample(many, saved(tmp_path, "a.npy", np.zeros(100)))


def test_digits_for_an_input_of_another_size_are_refused() -> None:
    with pytest.raises(
        SampleError, match=r"^the sample of digits is 4×1×28×28 of float32, x takes B×1×32×32 of float32$"
    ):
        digits_sample(spec("B, 1, 32, 32"))
