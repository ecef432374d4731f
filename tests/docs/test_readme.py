"""What the README says can be typed and queried exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from fieldhouse.pipelines.cli.app import app
from fieldhouse.pipelines.config.settings import load

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text("utf-8")
BASH = "\n".join(re.findall(r"```bash\n(.*?)```", README, re.DOTALL))
LINES = [line.partition("#")[0].split()[1:] for line in BASH.splitlines() if line.startswith("./run")]
OF_THE_SCRIPT = {"tests", "lint", "docs", "shell", "help"}


def test_the_two_commands_stand_there() -> None:
    assert [line[0] for line in LINES[:2]] == ["demo", "tests"]
    assert (ROOT / "run").stat().st_mode & 0o111


@pytest.mark.parametrize("words", LINES, ids=" ".join)
def test_each_command_exists_with_its_options(words: list[str]) -> None:
    if words[0] in OF_THE_SCRIPT:
        assert f"  {words[0]}) " in (ROOT / "run").read_text()
        return
    command = get_command(app).commands[words[0]]  # type: ignore[attr-defined]
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known


def test_the_settings_of_the_readme_are_settings(tmp_path: Path) -> None:
    exported = dict(re.findall(r'export (\w+)="([^"]*)"', BASH))
    settings = load({"HOME": str(tmp_path), **exported}, tmp_path)
    assert [account.name for account in settings.accounts] == ["bossdesk"]
    assert settings.warehouse_url == exported["WAREHOUSE__URL"]


def test_the_question_asks_for_columns_that_the_mart_documents() -> None:
    (sql,) = re.findall(r"```sql\n(.*?)```", README, re.DOTALL)
    assert "FROM marts.tickets" in sql
    documents = [
        yaml.safe_load(path.read_text()) for path in (ROOT / "warehouse/marts/models").rglob("*.yml")
    ]
    models = [
        model for document in documents for model in document.get("models", []) if model["name"] == "tickets"
    ]
    documented = {column["name"] for model in models for column in model["columns"]}
    asked = set(re.findall(r"\b(?:is_)?[a-z]+\b", sql)) - {
        "marts",
        "tickets",
        "count",
        "open_tickets",
        "open",
    }
    assert asked <= documented


def test_every_place_of_the_map_is_there() -> None:
    places = re.findall(r"^\| `([^`]+)/` \|", README, re.MULTILINE)
    assert [place for place in places if "<" not in place and not (ROOT / place).is_dir()] == []
    assert len(places) >= 5
