"""Secrets from files, commands and vaults; texts are trimmed, and accounts never share a schema."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from fieldhouse.pipelines.config.settings import Settings, load
from fieldhouse.sources.engine.errors import FixSettings

SECRET = "canary-secret-of-a-file"
BOSSDESK = {"SOURCES__BOSSDESK__BASE_URL": "https://desk.example.com/api/v1"}
ADDRESS = {"SOURCES__NOTIFIC__BASE_URL": "https://notific.example.com"}
NOTIFIC = {**ADDRESS, "SOURCES__NOTIFIC__API_KEY": "k-0001"}


def loaded(folder: Path, **environment: str) -> Settings:
    return load({"HOME": str(folder), **environment}, folder)


def refused(folder: Path, **environment: str) -> FixSettings:
    with pytest.raises(FixSettings) as error:
        loaded(folder, **environment)
    assert SECRET not in str(error.value)
    return error.value


def key_of(settings: Settings) -> Any:
    return settings.accounts[0].settings.api_key.get_secret_value()  # type: ignore[attr-defined]


def file_with(folder: Path, text: bytes, mode: int = 0o600) -> str:
    path = folder / "key"
    path.write_bytes(text)
    path.chmod(mode)
    return str(path)


@pytest.mark.parametrize("text", [SECRET, f"{SECRET}\n", f" {SECRET}\r\n", f"\ufeff{SECRET}\n"])
def test_a_secret_is_read_from_a_file(tmp_path: Path, text: str) -> None:
    path = file_with(tmp_path, text.encode())
    settings = loaded(tmp_path, **BOSSDESK, SOURCES__BOSSDESK__API_KEY_FILE=path)
    assert (key_of(settings), settings.warnings) == (SECRET, ())


def test_a_warehouse_url_and_a_webhook_are_read_from_files(tmp_path: Path) -> None:
    url = f"postgresql://user:{SECRET}@localhost/db"
    settings = loaded(tmp_path, WAREHOUSE__URL_FILE=file_with(tmp_path, url.encode()))
    assert settings.warehouse_url == url
    hook = file_with(tmp_path, b"https://hooks.example.com/x\n")
    webhook = loaded(tmp_path, ALERTS__WEBHOOK_FILE=hook).alerts.webhook
    assert webhook is not None
    assert webhook.get_secret_value() == "https://hooks.example.com/x"


def test_a_file_that_others_read_is_a_warning(tmp_path: Path) -> None:
    path = file_with(tmp_path, SECRET.encode(), 0o644)
    (warning,) = loaded(tmp_path, **BOSSDESK, SOURCES__BOSSDESK__API_KEY_FILE=path).warnings
    assert "chmod 600" in warning


@pytest.mark.parametrize("text", [None, b"", b" \n", b"\xff\xfe"])
def test_a_file_without_a_secret_names_the_setting(tmp_path: Path, text: bytes | None) -> None:
    path = str(tmp_path / "none") if text is None else file_with(tmp_path, text)
    error = refused(tmp_path, **BOSSDESK, SOURCES__BOSSDESK__API_KEY_FILE=path)
    assert error.where == "sources.bossdesk.api_key_file"


def test_a_secret_that_is_given_twice_is_refused(tmp_path: Path) -> None:
    path = file_with(tmp_path, SECRET.encode())
    error = refused(
        tmp_path, **BOSSDESK, SOURCES__BOSSDESK__API_KEY="x", SOURCES__BOSSDESK__API_KEY_FILE=path
    )
    assert "given twice" in error.what


def test_a_misspelled_file_setting_is_refused(tmp_path: Path) -> None:
    assert "no such setting" in refused(tmp_path, **BOSSDESK, SOURCES__BOSSDESK__API_KY_FILE="/x").what


def test_commands_are_opt_in(tmp_path: Path) -> None:
    given = {**BOSSDESK, "SOURCES__BOSSDESK__API_KEY_COMMAND": f"printf {SECRET}"}
    assert "not allowed" in refused(tmp_path, **given).what
    allowed = {**given, "SECRETS__ALLOW_COMMANDS": "true"}
    assert key_of(loaded(tmp_path, **allowed)) == SECRET


@pytest.mark.parametrize(
    ("command", "what"),
    [
        ("false", "exit code 1"),
        ("true", "printed nothing"),
        ("/no/such/program x", "cannot be run"),
        ("'", "cannot"),
    ],
)
def test_a_command_that_gives_no_secret_names_the_setting(tmp_path: Path, command: str, what: str) -> None:
    given = {**BOSSDESK, "SOURCES__BOSSDESK__API_KEY_COMMAND": command, "SECRETS__ALLOW_COMMANDS": "true"}
    error = refused(tmp_path, **given)
    assert what in error.what
    assert error.where == "sources.bossdesk.api_key_command"


@pytest.mark.parametrize(
    ("name", "value"),
    [("SOURCES__NOTIFIC__API_KEY", "k-0001\r"), ("SOURCES__NOTIFIC__API_KEY", "\ufeffk-0001 \n")],
)
def test_texts_are_trimmed(tmp_path: Path, name: str, value: str) -> None:
    assert key_of(loaded(tmp_path, **ADDRESS, **{name: value})) == "k-0001"


def test_addresses_and_paths_are_trimmed(tmp_path: Path) -> None:
    settings = loaded(tmp_path, WAREHOUSE__URL="duckdb:///w.duckdb\r", WAREHOUSE__PUBLISH=" pub.duckdb\r\n")
    assert (settings.warehouse_url, settings.publish) == ("duckdb:///w.duckdb", "pub.duckdb")


@pytest.mark.parametrize("value", ["“k-0001”", "k\r0001", "k\n0001", "kéy-1", "k\x000001"])
def test_a_key_that_no_header_can_have_is_refused(tmp_path: Path, value: str) -> None:
    assert refused(tmp_path, SOURCES__NOTIFIC__API_KEY=value).where == "sources.notific.api_key"


@pytest.mark.parametrize("name", ["config.toml", "secrets.toml"])
def test_a_byte_order_mark_is_read_over(tmp_path: Path, name: str) -> None:
    write(tmp_path, name, b'\xef\xbb\xbf[sources.notific]\napi_key = "k-0001"\n')
    assert key_of(loaded(tmp_path, **ADDRESS)) == "k-0001"


def test_a_readable_config_with_a_secret_is_a_warning_and_one_without_is_none(tmp_path: Path) -> None:
    path = write(tmp_path, "config.toml", b"[warehouse]\nlock_wait = 5\n", 0o644)
    assert loaded(tmp_path).warnings == ()
    path.write_bytes(b'[sources.notific]\napi_key = "k-0001"\n')
    assert [f"chmod 600 {path}" in warning for warning in loaded(tmp_path, **ADDRESS).warnings] == [True]
    path.chmod(0o600)
    path.parent.chmod(0o777)
    assert ["can be written" in warning for warning in loaded(tmp_path, **ADDRESS).warnings] == [True]
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o777


@pytest.mark.parametrize(("one", "other"), [("emea", "EMEA"), ("north.east", "north_east"), ("a.b", "a_b")])
def test_accounts_that_would_share_a_schema_are_refused(tmp_path: Path, one: str, other: str) -> None:
    text = "".join(f'[sources.notific."{name}"]\napi_key = "k-0001"\n' for name in (one, other))
    write(tmp_path, "config.toml", text.encode())
    error = refused(tmp_path)
    assert one in error.what
    assert other in error.what
    with pytest.raises(FixSettings):
        load({"HOME": str(tmp_path)}, tmp_path, only=[f"notific.{one}"])


def test_sources_of_another_dlt_project_are_no_settings_of_ours(tmp_path: Path) -> None:
    write(tmp_path, "config.toml", b'[sources.github]\ntoken = "x"\n')
    assert len(loaded(tmp_path, **NOTIFIC, SOURCES__STRIPE__API_KEY="y").accounts) == 1
    for name in ("SOURCES__NOTIFC__API_KEY", "SOURCES__BOSSDESK_EU__API_KEY"):
        assert "no such setting" in refused(tmp_path, **{name: "z"}).what


def test_a_secret_comes_from_a_vault_that_dlt_is_configured_for(tmp_path: Path) -> None:
    import dlt
    from dlt.common.configuration.providers import CustomLoaderDocProvider

    vault = {"sources": {"bossdesk": {"api_key": SECRET}}}
    from dlt.common.configuration.container import Container
    from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext

    providers = Container()[PluggableRunContext].providers.providers
    before = list(providers)
    dlt.config.register_provider(CustomLoaderDocProvider("vault", lambda: vault, True))
    try:
        write(tmp_path, "config.toml", b"[providers]\nenable_aws_secrets = true\n")
        assert key_of(loaded(tmp_path, **BOSSDESK)) == SECRET
    finally:
        providers[:] = before


def write(folder: Path, name: str, text: bytes, mode: int = 0o600) -> Path:
    path = folder / ".dlt" / name
    path.parent.mkdir(exist_ok=True, mode=0o755)
    path.write_bytes(text)
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    ("given", "is_warned"),
    [
        ({"PERSONAL_DATA": "hash"}, True),
        ({"HASH_COLUMNS": "customers.email"}, True),
        ({"PERSONAL_DATA": "hash", "HASH_KEY": "a key of my own"}, False),
        ({"PERSONAL_DATA": "drop"}, False),
    ],
)
def test_a_published_copy_with_the_random_key_of_hashes_is_a_warning(
    tmp_path: Path, given: dict[str, str], is_warned: bool
) -> None:
    account = {f"SOURCES__NOTIFIC__{name}": value for name, value in given.items()}
    assert loaded(tmp_path, **NOTIFIC, **account).warnings == ()
    warnings = loaded(tmp_path, **NOTIFIC, **account, WAREHOUSE__PUBLISH="copy.duckdb").warnings
    assert ["columns of notific" in warning and "set hash_key" in warning for warning in warnings] == (
        [True] if is_warned else []
    )
