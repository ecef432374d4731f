"""Many accounts of a vendor from one section: lists, CSV and TOML files, templates, vaults, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldhouse.pipelines.config.account import Account
from fieldhouse.pipelines.config.settings import Settings, load
from fieldhouse.sources.engine.errors import FixSettings

TEMPLATE = '[sources.bossdesk]\nbase_url = "https://{account}.bossdesk.io/api/v1"\ntables = ["tickets"]\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / ".dlt").mkdir()
    return tmp_path


def loaded(project: Path, text: str, **environment: str) -> Settings:
    file = project / ".dlt" / "config.toml"
    file.write_text(text)
    file.chmod(0o600)
    return load({"HOME": str(project), **environment}, project)


def by_name(settings: Settings) -> dict[str, Account]:
    return {account.name: account for account in settings.accounts}


def key(account: Account) -> str:
    return str(account.settings.api_key.get_secret_value())  # type: ignore[attr-defined]


def file(project: Path, name: str, text: str, mode: int = 0o600) -> None:
    (project / name).write_text(text)
    (project / name).chmod(mode)


def test_two_hundred_accounts_of_a_csv(project: Path) -> None:
    lines = [f"c{number:03},key-{number}" for number in range(200)]
    file(project, "accounts.csv", "\n".join(["account, api_key", *lines]))
    settings = loaded(project, f'{TEMPLATE}accounts = "accounts.csv"\n')
    assert [account.schema for account in settings.accounts] == [f"bossdesk_c{n:03}" for n in range(200)]
    account = by_name(settings)["bossdesk.c007"]
    assert (key(account), account.settings.base_url) == ("key-7", "https://c007.bossdesk.io/api/v1")
    assert account.settings.tables == ["tickets"]
    assert settings.warnings == ()
    assert len(settings.choose(["bossdesk"])) == 200
    assert settings.choose(["bossdesk.c007"]) == (account,)


def test_a_toml_file_and_a_section_of_an_accounts_own(project: Path) -> None:
    """What an account says of itself wins over the file, which wins over the template."""
    file(project, "desks.toml", '[north]\napi_key = "n"\n[south]\napi_key = "s"\ntables = ["users"]\n')
    text = f'{TEMPLATE}accounts = "desks.toml"\n[sources.bossdesk.north]\nbase_url = "https://own.example/api/v1"\n'
    accounts = by_name(loaded(project, text))
    assert {name: key(account) for name, account in accounts.items()} == {
        "bossdesk.north": "n",
        "bossdesk.south": "s",
    }
    assert accounts["bossdesk.north"].settings.base_url == "https://own.example/api/v1"
    assert accounts["bossdesk.south"].settings.tables == ["users"]


def test_a_list_with_a_secret_file_for_each(project: Path) -> None:
    for name in ("north", "south"):
        file(project, f"{name}.key", f"of {name}\n")
    text = f'{TEMPLATE}accounts = ["north", "south"]\napi_key_file = "{project}/{{account}}.key"\n'
    assert [key(account) for account in loaded(project, text).accounts] == ["of north", "of south"]
    text += '[sources.bossdesk.south]\napi_key = "its own"\n'
    assert [key(account) for account in loaded(project, text).accounts] == ["of north", "its own"]


def test_a_list_in_the_environment(project: Path) -> None:
    variables = {
        "SOURCES__NOTIFIC__ACCOUNTS": "east, west",
        "SOURCES__NOTIFIC__API_KEY": "shared",
        "SOURCES__NOTIFIC__BASE_URL": "https://notific.example",
    }
    assert list(by_name(loaded(project, "", **variables))) == ["notific.east", "notific.west"]


def test_a_listed_account_without_settings_is_reported_and_not_left_out(project: Path) -> None:
    with pytest.raises(FixSettings) as refused:
        loaded(project, '[sources.notific]\naccounts = ["east"]\n')
    assert refused.value.where.startswith("sources.notific.east")


@pytest.mark.parametrize(
    ("accounts", "listed", "reason"),
    [
        ("[]", "", "lists no account"),
        ("5", "", "expected a list of names"),
        ('["a", "A"]', "", "'A' twice, in entry 1 and in entry 2"),
        ('["a.b"]', "", "'a.b' cannot be the name"),
        ('["tables"]', "", "'tables' cannot be the name"),
        ('"nowhere.csv"', "", "cannot be read: No such file"),
        ('"list.csv"', "name,api_key\na,k\n", "no column 'account'"),
        ('"list.csv"', "account,api_key,api_key\na,k,l\n", "a column twice"),
        ('"list.csv"', "account,api_key\na,k\na,l\n", "twice, in line 2 and in line 3"),
        ('"list.csv"', "account,api_key\na\n", "line 2: expected 2 values"),
        ('"list.csv"', "account,api_key\n,k\n", "line 2: expected 2 values"),
        ('"list.csv"', "account,apikey\na,secret-k\n", "no such setting"),
        ('"list.csv"', "account,api_key\n", "lists no account"),
        ('"list.toml"', "[a\n", "no valid TOML"),
        ('"list.toml"', "a = 5\n", "expected a section"),
    ],
)
def test_a_wrong_list_is_refused(project: Path, accounts: str, listed: str, reason: str) -> None:
    file(project, "list.csv", listed)
    file(project, "list.toml", listed)
    with pytest.raises(FixSettings) as refused:
        loaded(project, f'{TEMPLATE}api_key = "secret-t"\naccounts = {accounts}\n')
    output = f"{refused.value.where} {refused.value.what} {refused.value}"
    assert reason in output
    assert "secret" not in output


def test_an_unknown_setting_of_the_template_is_named_once(project: Path) -> None:
    with pytest.raises(FixSettings) as refused:
        loaded(project, f'{TEMPLATE}api_ky = "k"\naccounts = ["a", "b"]\n')
    assert refused.value.where == "sources.bossdesk.api_ky"


def test_accounts_that_share_a_schema_are_refused_wherever_they_are_named(project: Path) -> None:
    text = f'{TEMPLATE}api_key = "k"\naccounts = ["north_east"]\n[sources.bossdesk."north.east"]\ntables = ["users"]\n'
    with pytest.raises(FixSettings, match="share the schema bossdesk_north_east"):
        loaded(project, text)


def test_a_list_with_secrets_that_others_read_is_a_warning(project: Path) -> None:
    file(project, "list.csv", "account,api_key\na,k\n", 0o644)
    (warning,) = loaded(project, f'{TEMPLATE}accounts = "list.csv"\n').warnings
    assert "list.csv holds secrets" in warning
