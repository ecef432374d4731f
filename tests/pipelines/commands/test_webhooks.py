"""Events bring the rows concerned within seconds; a storm costs a bounded number of requests; nothing is believed."""

from __future__ import annotations

import itertools
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fieldhouse.pipelines.commands.serve.event_listener import listening
from fieldhouse.pipelines.commands.serve.webhooks import Bringer, Post, run
from fieldhouse.pipelines.config.settings import load
from fieldhouse.pipelines.inspect.health import health
from fieldhouse.pipelines.sync.publish import Publisher
from fieldhouse.pipelines.sync.refresh_queue import GATHER, STORM_GATHER, STORM_ROWS, Hints
from fieldhouse.sources.engine.errors import FixSettings
from fieldhouse.sources.sandbox.server import environment, serve
from fieldhouse.sources.sandbox.shiftboard.api import ShiftboardSandbox
from tests.support.sync_harness import SyncHarness, duckdb_url, open_harness, refusing


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def box() -> ShiftboardSandbox:
    return ShiftboardSandbox(size=0.05, edge_cases=True)


@pytest.fixture
def at(box: ShiftboardSandbox, tmp_path: Path) -> Iterator[SyncHarness]:
    with open_harness(box, duckdb_url(tmp_path), tmp_path) as actual:
        assert actual.sync("accounts", "shifts", "memberships").exit_code == 0
        yield actual


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hints(clock: Clock) -> Hints:
    return Hints(clock)


@pytest.fixture
def hear(at: SyncHarness, clock: Clock, hints: Hints) -> Callable[..., int]:
    """Takes events, waits until they are due, brings the rows; how many requests that cost."""
    post, bringer = Post([at.account], hints), Bringer([at.account], at.warehouse, hints)

    def heard(*paths: str, wait: float = GATHER) -> int:
        at.sandbox.reset_counts()
        for path in paths:
            assert post.take(path) == 200
        assert bringer.step() == []
        clock.now += wait
        bringer.step()
        return at.sandbox.requests()

    return heard


def test_readers_get_what_events_brought_in_a_tenth_of_the_time_at_most(
    at: SyncHarness, tmp_path: Path
) -> None:
    """The clock goes on by a second each time that it is asked: a copy takes one."""
    copy, seconds = tmp_path / "published.duckdb", itertools.count()
    over = Publisher(at.warehouse, str(copy), lambda: float(next(seconds)))
    assert over.step() is None
    assert not copy.exists()
    over.wrote()
    assert over.step() is None
    first = copy.stat().st_ino
    over.wrote()
    waited = 0
    while copy.stat().st_ino == first:
        assert over.step() is None
        waited += 1
    assert waited == 9
    second = copy.stat().st_ino
    over.wrote()
    assert over.step() is None
    assert copy.stat().st_ino == second
    assert over.step(at_once=True) is None
    assert copy.stat().st_ino != second


def row(at: SyncHarness, table: str, key: str) -> tuple[Any, ...]:
    columns = {"accounts": "first_name, _deleted_at IS NULL", "shifts": "subject, _deleted_at IS NULL"}[table]
    (actual,) = at.fetch(f"SELECT {columns} FROM shiftboard.{table} WHERE id = '{key}'")
    return actual


def test_a_changed_row_comes_with_its_event(
    at: SyncHarness, box: ShiftboardSandbox, hear: Callable[..., int]
) -> None:
    account, shift = (box.truth()[table][0]["id"] for table in ("accounts", "shifts"))
    box.change("accounts", account, first_name="Heard")
    box.change("shifts", shift, subject="Heard as well")
    requests = hear(f"/shiftboard/account/updated/{account}", f"/shiftboard/shift/updated/{shift}")
    assert row(at, "accounts", account) == ("Heard", True)
    assert row(at, "shifts", shift) == ("Heard as well", True)
    assert requests <= 7, "one of them for the accounts that a list may hide"
    assert at.differences("accounts", "shifts", "memberships") == []


def test_a_created_row_comes_with_its_event(
    at: SyncHarness, box: ShiftboardSandbox, hear: Callable[..., int]
) -> None:
    made = box.create("shifts", subject="New")
    hear(f"/shiftboard/shift/created/{made['id']}")
    assert row(at, "shifts", made["id"]) == ("New", True)


def test_a_deleted_row_is_marked_once_the_vendor_does_not_give_it(
    at: SyncHarness, box: ShiftboardSandbox, hear: Callable[..., int]
) -> None:
    account, shift = (box.truth()[table][-1]["id"] for table in ("accounts", "shifts"))
    paths = (f"/shiftboard/account/deleted/{account}", f"/shiftboard/shift/deleted/{shift}")
    hear(*paths)
    assert row(at, "accounts", account)[1]
    assert row(at, "shifts", shift)[1]
    box.delete("accounts", account)
    box.delete("shifts", shift)
    hear(*paths)
    assert not row(at, "accounts", account)[1]
    assert not row(at, "shifts", shift)[1]


def test_a_refused_get_deletes_nothing_that_the_list_still_gives(
    at: SyncHarness, box: ShiftboardSandbox, hear: Callable[..., int]
) -> None:
    shift = box.truth()["shifts"][0]["id"]
    box.faults[:] = [refusing(lambda call: b"shift.get" in call.body, 403)]
    hear(f"/shiftboard/shift/deleted/{shift}")
    assert row(at, "shifts", shift)[1]


def test_memberships_are_read_with_all_of_their_workgroup(
    at: SyncHarness, box: ShiftboardSandbox, hear: Callable[..., int]
) -> None:
    first = box.truth()["memberships"][0]
    workgroup, member = first["workgroup"], first["member"]
    box.delete("memberships", f"{workgroup}-{member}")
    assert hear(f"/shiftboard/membership/deleted/{workgroup}/{member}") <= 3
    stored = at.fetch(
        "SELECT _deleted_at IS NULL FROM shiftboard.memberships"
        f" WHERE workgroup = '{workgroup}' AND member = '{member}'"
    )
    assert stored == [(False,)]
    assert at.differences("memberships") == []


def test_a_mass_of_deletes_is_a_suspicion(
    at: SyncHarness, box: ShiftboardSandbox, hear: Callable[..., int]
) -> None:
    """As when the key lost the right to see accounts, and somebody replays every id."""
    accounts = [item["id"] for item in box.truth()["accounts"]]
    for account in accounts[len(accounts) // 2 :]:
        box.delete("accounts", account)
    hear(*(f"/shiftboard/account/deleted/{account}" for account in accounts))
    [(live,)] = at.fetch("SELECT count(*) FROM shiftboard.accounts WHERE _deleted_at IS NULL")
    assert live == len(accounts)


def test_neither_cursor_nor_freshness_moves(
    at: SyncHarness, box: ShiftboardSandbox, hear: Callable[..., int]
) -> None:
    def seen() -> list[Any]:
        with at.warehouse.session() as session:
            states = session.states("shiftboard")
            return [states["shifts"], [item.last_sync for item in health(session, "shiftboard", ["shifts"])]]

    before = seen()
    shift = box.truth()["shifts"][0]["id"]
    box.change("shifts", shift, subject="Heard")
    hear(f"/shiftboard/shift/updated/{shift}")
    assert row(at, "shifts", shift)[0] == "Heard"
    assert seen() == before


def test_a_storm_costs_a_bounded_number_of_requests(
    at: SyncHarness, box: ShiftboardSandbox, hear: Callable[..., int], clock: Clock
) -> None:
    shift = box.truth()["shifts"][0]["id"]
    box.clock.advance(minutes=1)
    box.change("shifts", shift, subject="In the storm")
    storm = [f"/shiftboard/shift/updated/{number}" for number in range(10_000)]
    assert hear(*storm, wait=STORM_GATHER) <= 8
    assert row(at, "shifts", shift)[0] == "In the storm"


def test_hints_wait_until_a_busy_account_is_free(
    at: SyncHarness, box: ShiftboardSandbox, hear: Callable[..., int], clock: Clock, hints: Hints
) -> None:
    account = box.truth()["accounts"][0]["id"]
    box.change("accounts", account, first_name="Late")
    with at.warehouse.account_lock("shiftboard", "a scheduled sync"):
        assert hear(f"/shiftboard/account/updated/{account}") == 0
    assert row(at, "accounts", account)[0] != "Late"
    hear()
    assert row(at, "accounts", account)[0] == "Late"


def test_ids_that_are_not_the_vendors_own_read_the_table_by_its_filter(
    at: SyncHarness, box: ShiftboardSandbox, clock: Clock, hints: Hints
) -> None:
    account = box.truth()["accounts"][0]["id"]
    box.clock.advance(minutes=1)
    box.change("accounts", account, first_name="By filter")
    assert Post([at.account], hints, named=False).take("/shiftboard/account/updated/EMP-17") == 200
    clock.now += STORM_GATHER
    Bringer([at.account], at.warehouse, hints).step()
    assert row(at, "accounts", account)[0] == "By filter"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/secret-secret-secret/shiftboard/shift/updated/1", 200),
        ("/shiftboard/shift/updated/1", 404),
        ("/wrong/shiftboard/shift/updated/1", 404),
        ("/secret-secret-secret/bossdesk/shift/updated/1", 404),
        ("/secret-secret-secret/shiftboard/ticket/updated/1", 404),
        ("/secret-secret-secret/shiftboard/shift/exploded/1", 404),
        ("/secret-secret-secret/shiftboard/shift/updated/", 404),
        ("/secret-secret-secret/shiftboard/shift/updated/1/2", 400),
        ("/secret-secret-secret/shiftboard/membership/updated/1", 400),
        ("/secret-secret-secret/shiftboard/shift/updated/1%27%20OR%201=1", 400),
        ("/secret-secret-secret/shiftboard/shift/updated/" + "9" * 600, 400),
        ("/", 404),
        ("http://[bad/shift", 400),
    ],
)
def test_only_addresses_that_were_given_are_heard(
    at: SyncHarness, hints: Hints, path: str, status: int
) -> None:
    post = Post([at.account], hints, token="secret-secret-secret")
    assert post.take(path) == status
    assert hints.heard == (status == 200)


def test_many_hints_of_a_row_are_one(clock: Clock, hints: Hints) -> None:
    for _ in range(STORM_ROWS * 2):
        hints.add("a", "shifts", ("1",))
    clock.now = GATHER
    (due,) = hints.due()
    assert due.keys == {"shifts": (("1",),)}
    assert hints.due() == []


def test_an_event_shows_in_the_table_within_seconds_over_real_sockets(tmp_path: Path) -> None:
    box = ShiftboardSandbox(size=0.05, edge_cases=True)
    with serve(box) as urls:
        env = {"HOME": str(tmp_path), **environment([box], urls), "WAREHOUSE__URL": duckdb_url(tmp_path)}
        settings = load(env, tmp_path)
        with open_harness(box, duckdb_url(tmp_path), tmp_path) as actual:
            actual.sync("accounts")
            account = box.truth()["accounts"][0]["id"]
            box.change("accounts", account, first_name="Within seconds")
            hints, done = Hints(time.monotonic), threading.Event()
            bringer = Bringer(settings.accounts, actual.warehouse, hints)

            def bring() -> None:
                while not done.is_set():
                    if bringer.step():
                        done.set()
                    done.wait(0.05)

            with listening(Post(settings.accounts, hints).take, "127.0.0.1", 0) as server:
                thread = threading.Thread(target=bring)
                thread.start()
                url = f"http://127.0.0.1:{server.server_address[1]}/shiftboard/account/updated/{account}"
                with urllib.request.urlopen(url, timeout=5) as answer:
                    assert answer.status == 200
                with pytest.raises(urllib.error.HTTPError, match="404"):
                    urllib.request.urlopen(url.replace("/account/", "/nothing/"), timeout=5)
                assert done.wait(30)
                thread.join()
            assert row(actual, "accounts", account) == ("Within seconds", True)


def test_strangers_are_kept_out_and_vendors_without_events_said(tmp_path: Path) -> None:
    box = ShiftboardSandbox(size=0.05, edge_cases=True)
    env = {"HOME": str(tmp_path), **environment([box], {box.name: "http://127.0.0.1:9"})}
    settings = load({**env, "WAREHOUSE__URL": duckdb_url(tmp_path)}, tmp_path)
    with pytest.raises(FixSettings, match="without a token would let anybody"):
        run(settings, settings.accounts, host="0.0.0.0", port=0, named=True)
    with pytest.raises(FixSettings, match="no configured vendor has webhooks"):
        run(settings, [], host="127.0.0.1", port=0, named=True)


def test_the_command_prints_the_addresses_to_enter(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    box = ShiftboardSandbox(size=0.05, edge_cases=True)
    env = {"HOME": str(tmp_path), **environment([box], {box.name: "http://127.0.0.1:9"})}
    env |= {"WAREHOUSE__URL": duckdb_url(tmp_path), "WEBHOOKS__TOKEN": "a-long-random-text"}
    settings = load(env, tmp_path)
    assert run(settings, settings.accounts, host="127.0.0.1", port=0, named=True, stop=lambda: True) == 0
    output = capsys.readouterr().out
    assert "shiftboard membership deleted: https://YOUR-HOST/TOKEN/shiftboard/membership/deleted/" in output
    assert output.count("YOUR-HOST") == 9
    assert "a-long-random-text" not in output
