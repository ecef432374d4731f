"""The sections of the settings beside sources: ``[warehouse]``, ``[alerts]``, ``[logs]``, ``[marts]``, ``[metrics]``
and the others of ``SECTIONS``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from fieldhouse.sources.engine.spec.account_settings import Count, Duration, Number
from fieldhouse.sources.engine.spec.business_time import BusinessTime

from .extras import install_command, is_installed

LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


class Section(BaseModel):
    """What sections have in common: unknown names are refused. A validator is built when a section is given."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, defer_build=True)


class Warehousing(Section):
    """The section ``[warehouse]``: where the data goes, and who reads it there."""

    url: str = Field(
        "duckdb:///fieldhouse.duckdb",
        min_length=1,
        description="where the data goes",
        examples=["duckdb:///fieldhouse.duckdb"],
    )
    publish: str | None = Field(
        None,
        min_length=1,
        description="a path that gets a complete copy after each run, for dashboards (DuckDB)",
        examples=["published.duckdb"],
    )
    lock_wait: Number = Field(
        600, ge=0, description="how long to wait for another process, in seconds", examples=[600]
    )
    grant_read: str = Field(
        "", description="a role that may read every table (Postgres)", examples=["analysts"]
    )
    share_limits: bool = Field(
        False,
        description="whether several machines share the vendors' limits through the warehouse (Postgres)",
        examples=[True],
    )


class Alerting(Section):
    """The section ``[alerts]``: where to report what a person must act on."""

    webhook: SecretStr | None = Field(
        None,
        description="an address that takes messages of Slack's shape",
        examples=["https://hooks.slack.com/services/…"],
    )
    max_age: Duration | None = Field(
        None, description="the age from which on 'fieldhouse status' reports a table", examples=["26h"]
    )

    @field_validator("webhook")
    @classmethod
    def _is_address(cls, value: SecretStr | None) -> SecretStr | None:
        parts = urlsplit(value.get_secret_value() if value else "https://")
        allowed = {"https", "http"} if parts.hostname in LOCAL else {"https"}
        if parts.scheme not in allowed:
            raise ValueError("expected an address that begins with https://")
        return value


class LogFiles(Section):
    """The section ``[logs]``: whether the log of every sync is stored, and how long."""

    folder: str = Field(
        "",
        description="a folder that gets a file with the log of each sync; none by default",
        examples=["logs"],
    )
    max_age: Duration = Field(
        timedelta(days=30), description="the age from which on a sync deletes these files", examples=["14d"]
    )


class Metering(Section):
    """The section ``[metrics]``: where figures and traces of each sync go."""

    textfile: str = Field(
        "",
        description="a file for Prometheus' node exporter",
        examples=["/var/lib/node_exporter/fieldhouse.prom"],
    )
    otlp: str = Field(
        "",
        description="an OpenTelemetry collector's address for traces",
        examples=["http://localhost:4318/v1/traces"],
    )

    @field_validator("textfile", "otlp")
    @classmethod
    def _is_installed(cls, value: str) -> str:
        if value and not is_installed("telemetry"):
            raise ValueError(f"needs the extra telemetry: {install_command('telemetry')}")
        return value


class Webhooks(Section):
    """The section ``[webhooks]``: how ``fieldhouse webhooks`` is reached."""

    token: SecretStr | None = Field(
        None,
        min_length=16,
        description="a part of the address that only the vendor knows",
        examples=["a-long-random-text"],
    )


class DashboardSection(Section):
    """The section ``[dashboard]``: the headings of ``fieldhouse dashboard``."""

    company: str = Field("", description="the title of the pages", examples=["Acme Field Services"])
    targets: dict[str, float] = Field(
        default_factory=dict,
        description="column of a total -> the value that is aimed at, shown beside it",
        examples=[{"resolved_in_time_percent": 90, "covered_percent": 95}],
    )


class Syncing(Section):
    """The section ``[sync]``: what holds for a sync of all accounts."""

    max_accounts: Count = Field(
        8, ge=1, description="the number of accounts that are synced at once", examples=[8]
    )


class SecretCommands(Section):
    """The section ``[secrets]``: where secrets may come from."""

    allow_commands: bool = Field(
        False,
        description='whether a secret may be the output of a command, as in api_key_command = "op read …"',
        examples=[True],
    )


SECTIONS: Mapping[str, type[BaseModel]] = {
    "alerts": Alerting,
    "dashboard": DashboardSection,
    "logs": LogFiles,
    "marts": BusinessTime,
    "metrics": Metering,
    "secrets": SecretCommands,
    "sync": Syncing,
    "webhooks": Webhooks,
}
