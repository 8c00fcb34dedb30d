"""The installed program: complete, under one name, and able to find its own parts."""

import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("app", "assets", "core", "ui")

BUILD = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
FIND = """
import sys
sys.path.insert(0, sys.argv[1])
import importlib.util
source = importlib.util.find_spec("layerloom.app.__main__").origin
assert source.startswith(sys.argv[1]), source
exec(compile(open(source).read().split("from app.cli")[0], source, "exec"), {"__file__": source})
import app, assets, core.layers, ui.canvas
for part in (app, assets, core, ui):
    assert part.__file__.startswith(sys.argv[1]), part.__file__
"""


def declared() -> dict[str, str]:
    """The packages that setuptools is told of, each with its folder."""
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    assert sorted(setuptools["packages"]) == sorted(setuptools["package-dir"])
    return dict(setuptools["package-dir"])


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy so that the checkout stays clean."""
    copy = tmp_path_factory.mktemp("checkout")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    for part in PARTS:
        shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
    built = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-c", BUILD, str(built)], cwd=copy, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return next(built.glob("*.whl"))


def test_every_folder_of_sources_is_a_declared_package() -> None:
    on_disk = {
        str(source.parent.relative_to(ROOT)) for part in PARTS for source in (ROOT / part).rglob("*.py")
    }
    assert {folder: f"layerloom.{folder.replace('/', '.')}" for folder in on_disk} == {
        folder: package for package, folder in declared().items()
    }


def test_every_package_says_what_it_is() -> None:
    for folder in declared().values():
        assert (ROOT / folder / "__init__.py").read_text().startswith('"""'), folder


def test_the_wheel_puts_one_name_into_site_packages(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        top = {name.split("/")[0] for name in archive.namelist()}
    assert {name for name in top if not name.endswith(".dist-info")} == {"layerloom"}


def test_the_wheel_holds_every_source_and_asset(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    for part in PARTS:
        for file in (ROOT / part).rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                assert f"layerloom/{file.relative_to(ROOT)}" in packed


def test_the_unpacked_wheel_imports_its_own_parts(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    done = subprocess.run(
        [sys.executable, "-I", "-c", FIND, str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
