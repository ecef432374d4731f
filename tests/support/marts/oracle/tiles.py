"""The dashboard's tiles, from the oracle's measures: for chosen accounts, teams and days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from statistics import median
from typing import Any

from fieldhouse.warehouse.dashboard.query import Choice

from . import jobs, money, shifts, tickets
from .jobs import share
from .measures import DESKS, FIELD, World

Row = dict[str, Any]


class Tiles:
    """One row of numbers for each query of totals; `owed` has one per currency."""

    def __init__(self, world: World, choice: Choice) -> None:
        self.world, self.choice = world, choice
        self.accounts = choice.accounts or tuple(world.clocks)

    def _is_in(self, day: date | None) -> bool:
        """Without a period every row counts, one without a day too."""
        first, last = self.choice.first_day, self.choice.last_day
        if first is None and last is None:
            return True
        return day is not None and (first is None or day >= first) and (last is None or day <= last)

    def _is_chosen(self, team: str) -> bool:
        return not self.choice.teams or team in self.choice.teams

    def _chosen(self, vendors: tuple[str, ...]) -> Iterable[str]:
        return [account for account in self.accounts if account.partition("_")[0] in vendors]

    def tickets(self) -> Row:
        opened, closed, due, now = [], [], [], []
        for account in self._chosen(DESKS):
            tables, clock = self.world.tables[account], self.world.clocks[account]
            metrics = tickets.metrics(account, tables, clock)
            for one in tickets.tickets_of(account, tables, clock):
                if not self._is_chosen(one.team):
                    continue
                values = metrics[one.key]
                now += [one] if one.state == "open" else []
                opened += [values[1]] if self._is_in(one.opened_on) else []
                closed += [values[2]] if one.closed_on and self._is_in(one.closed_on) else []
                due += [values[4]] if self._is_in(clock.day(one.due) if one.due else None) else []
        judged = [state for state in due if state is not None]
        return {
            "open_tickets": len(now),
            "overdue_tickets": sum(one.is_overdue for one in now),
            "opened_tickets": len(opened),
            "answered_tickets": sum(value is not None for value in opened),
            "median_first_response_business_hours": _median(opened, 60),
            "closed_tickets": len(closed),
            "median_resolution_days": _median(closed, 1440),
            "resolved_in_time_percent": 100 * sum(judged) / len(judged) if judged else None,
        }

    def shifts(self) -> Row:
        sums = [0] * 5
        for account in self._chosen(("shiftboard",)):
            names = {
                f"{account}:workgroup:{row['id']}": row["name"]
                for row in self.world.tables[account]["workgroups"]
            }
            covered = shifts.coverage(account, self.world.tables[account], self.world.clocks[account])
            for (group, day), values in covered.items():
                if self._is_in(day) and self._is_chosen(names.get(group, "no workgroup")):
                    sums = [before + value for before, value in zip(sums, values[:5], strict=True)]
        _, positions, taken, open_, published = sums
        percent = share(100 * taken, positions)
        return {
            "positions": positions,
            "covered_positions": taken,
            "open_positions": open_,
            "open_published_positions": published,
            "covered_percent": percent,
        }

    def hours(self) -> Row:
        weeks = [
            values
            for account in self._chosen(("shiftboard",))
            for (_, week), values in shifts.hours(
                account, self.world.tables[account], self.world.clocks[account]
            ).items()
            if self._is_in(week)
        ]
        totals = [sum(values[place] for values in weeks) if weeks else None for place in (0, 2, 4, 5, 6)]
        scheduled, clocked, carded, approved, open_ = totals
        return {
            "scheduled_hours": scheduled,
            "clocked_hours": clocked,
            "timecard_hours": carded,
            "approved_percent": 100 * approved / carded if approved is not None and carded else None,
            "open_clock_entries": open_ or 0,
        }

    def jobs(self) -> Row:
        open_, done = 0, []
        for account in self._chosen(FIELD):
            tables, clock = self.world.tables[account], self.world.clocks[account]
            cycles = jobs.steps(account, tables, clock)
            for key, job in jobs.jobs_of(account, tables).items():
                open_ += job.state not in ("done", "cancelled")
                day = clock.date_of(job.completed) if job.completed else None
                done += [cycles[key][3]] if job.state == "done" and self._is_in(day) else []
        return {"open_jobs": open_, "done_jobs": len(done), "median_cycle_days": _median(done, 1440)}

    def owed(self) -> dict[str, Row]:
        """No account of the sandboxes states a currency, so each is by itself."""
        results: dict[str, Row] = {}
        for account in self._chosen(FIELD):
            own = money.receivables(account, self.world.tables[account], self.world.clocks[account]).values()
            balances = [(balance, late or 0) for balance, late, _ in own]
            if balances:
                results[f"currency of {account}"] = {
                    "owed": sum((balance for balance, _ in balances if balance > 0), Decimal(0)),
                    "overdue": sum(
                        (balance for balance, late in balances if balance > 0 and late), Decimal(0)
                    ),
                    "credits": sum((balance for balance, _ in balances if balance < 0), Decimal(0)),
                }
        return results

    def people(self) -> Row:
        groups: dict[str, list[Any]] = defaultdict(list)
        for first, records in self.world.people.groups().items():
            if any(record.account in self.accounts for record in records):
                groups[first] = records
        vendors = [{record.account.partition("_")[0] for record in records} for records in groups.values()]
        names = [{record.shown.lower() for record in records if record.shown} for records in groups.values()]
        return {
            "people": len(groups),
            "records": sum(map(len, groups.values())),
            "known_to_several_vendors": sum(len(own) > 1 for own in vendors),
            "with_different_names": sum(len(own) > 1 for own in names),
        }


def _median(minutes: Iterable[int | None], unit: int) -> float | None:
    known = [value / unit for value in minutes if value is not None]
    return median(known) if known else None
