"""Timing: the turns of accounts over the hour and the week, and the partitions that stand for them."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import dagster as dg

from fieldhouse.pipelines.config.account import Account

from .work import Terms

ACCOUNT_TAG, HOST_TAG = "fieldhouse/account", "fieldhouse/host"
_SENSOR_SECONDS = 60


@dataclass(frozen=True)
class Rhythm:
    """How often every account has its turn.

    Attributes:
        cron: the ticks of the schedule.
        minutes: between two ticks.
        ticks: after so many, each account had its turn once.
    """

    cron: str
    minutes: int
    ticks: int

    def is_turn(self, account: str, at: datetime) -> bool:
        """True if the account's turn is at this tick; the turns are the same in every process and week."""
        minutes = at.weekday() * 1_440 + at.hour * 60 + at.minute
        return minutes // self.minutes % self.ticks == zlib.crc32(account.encode()) % self.ticks


HOURLY = Rhythm("*/5 * * * *", 5, 12)
WEEKLY = Rhythm("0 * * * *", 60, 168)


def partitions_of(vendor: str) -> str:
    """The name of the dynamic partitions that stand for a vendor's accounts."""
    return f"{vendor}_accounts"


def tags(account: Account) -> dict[str, str]:
    """Tags of an account's runs, for ``tag_concurrency_limits``: its name, and the host that it asks."""
    host = urlsplit(account.settings.base_url or "").hostname or account.vendor.name
    return {ACCOUNT_TAG: account.name, HOST_TAG: host}


def spread(job: Any, terms: Terms, vendor: str, rhythm: Rhythm) -> Any:
    """A schedule that requests a run for each account whose turn it is."""

    def tick(context: dg.ScheduleEvaluationContext) -> Iterator[Any]:
        at = context.scheduled_execution_time
        known = set(context.instance.get_dynamic_partitions(partitions_of(vendor)))
        for account in terms.current_accounts(vendor):
            if account.name in known and rhythm.is_turn(account.name, at):
                yield dg.RunRequest(
                    run_key=f"{account.name} {at.isoformat()}", partition_key=account.name, tags=tags(account)
                )

    made = dg.schedule(
        job=job, cron_schedule=rhythm.cron, execution_timezone="UTC", name=f"{job.name}_schedule"
    )
    return made(tick)


def accounts_sensor(terms: Terms, vendor: str) -> Any:
    """Keeps the partitions equal to the accounts of the settings, which are read again each time."""

    def look(context: dg.SensorEvaluationContext) -> Any:
        name = partitions_of(vendor)
        stored = set(context.instance.get_dynamic_partitions(name))
        configured = {account.name for account in terms.current_accounts(vendor)}
        partitions = dg.DynamicPartitionsDefinition(name=name)
        requests = [
            partitions.build_add_request(sorted(configured - stored)) if configured - stored else None,
            partitions.build_delete_request(sorted(stored - configured)) if stored - configured else None,
        ]
        return dg.SensorResult(dynamic_partitions_requests=[request for request in requests if request])

    made = dg.sensor(
        name=partitions_of(vendor),
        minimum_interval_seconds=_SENSOR_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    return made(look)
