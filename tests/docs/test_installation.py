"""The page on installation: extras and addresses in it are those of the project."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from fieldhouse.pipelines.config.extras import EXTRAS

ROOT = Path(__file__).parent.parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
PAGE = (ROOT / "docs" / "installation.md").read_text("utf-8")


def test_extras_in_commands_of_all_pages_exist() -> None:
    pages = [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md"]
    texts = [
        text for page in pages for text in re.findall(r"fieldhouse\[([\w,]+)\]", page.read_text("utf-8"))
    ]
    assert len(texts) > 4
    assert {name for text in texts for name in text.split(",")} <= set(PROJECT["optional-dependencies"])


def test_every_extra_has_a_line_with_its_packages() -> None:
    lines = dict(re.findall(r"^\| `(\w+)` \| .* \| (.*) \|$", PAGE, re.M))
    assert lines.keys() == EXTRAS.keys()
    for extra, text in lines.items():
        names = [re.split(r"[<>=\[~!]", line)[0] for line in PROJECT["optional-dependencies"][extra]]
        assert any(name.split("-")[0] in text for name in names), extra


def test_the_python_versions_are_those_of_the_project() -> None:
    lower, upper = re.findall(r"3\.(\d+)", PROJECT["requires-python"])
    named = {int(minor) for minor in re.findall(r"3\.(\d+)", PAGE.split("\n")[2])}
    assert named == set(range(int(lower), int(upper)))
