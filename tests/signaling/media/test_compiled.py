"""The compiled worker is the same worker: real calls through it, the same tests."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from install.compile import MODULES, build_wheel, compiled
from tests.builders import FONTS, ROOT

WITH_REAL_PEERS = ("test_worker", "test_gate", "test_people", "test_estimate")


@pytest.mark.skipif(not shutil.which("cc"), reason="no C compiler on this machine")
@pytest.mark.timeout(400)
def test_calls_go_through_the_compiled_worker_as_through_the_source(
    tmp_path: Path,
) -> None:
    for folder in ("tests", "install", "bench"):
        sources = shutil.ignore_patterns("*.so")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=sources)
    (tmp_path / "var").mkdir()
    (tmp_path / "var/fonts").symlink_to(FONTS)

    done = build_wheel(tmp_path)

    assert done.returncode == 0, done.stderr[-1000:]
    (wheel,) = tmp_path.glob("*.whl")
    assert not wheel.name.endswith("any.whl"), "it is for one kind of machine"
    zipfile.ZipFile(wheel).extractall(tmp_path)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    assert len(compiled(tmp_path)) == len(MODULES) + 1
    names = [f"tests/signaling/media/{name}.py" for name in WITH_REAL_PEERS]
    tests = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *names],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert tests.returncode == 0, tests.stdout[-3000:]
