"""The BOSSDesk sandbox is as strict as the vendor's text, and its truth is what its API gives."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from fieldhouse.sources.sandbox.bossdesk.api import BossDeskSandbox
from fieldhouse.sources.sandbox.bossdesk.words import UNPAGED, listed
from fieldhouse.sources.sandbox.server import serve

FUTURE = "2999-01-01T00:00:00Z"


@contextmanager
def client(sandbox: BossDeskSandbox) -> Iterator[httpx.Client]:
    with serve(sandbox) as urls:
        settings = sandbox.settings(urls["bossdesk"])
        headers = {
            "Authorization": f'Token token="{settings["api_key"]}"',
            "Content-Type": "application/json",
        }
        with httpx.Client(base_url=settings["base_url"], headers=headers, trust_env=False) as http:
            yield http


@pytest.fixture
def sandbox() -> BossDeskSandbox:
    return BossDeskSandbox(size=0.2, edge_cases=True)


@pytest.fixture
def http(sandbox: BossDeskSandbox) -> Iterator[httpx.Client]:
    with client(sandbox) as http:
        yield http


def get(http: httpx.Client, path: str, **query: Any) -> Any:
    answer = http.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def pages(http: httpx.Client, path: str, **query: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    page = 1
    while actual := get(http, path, page=page, per_page=30, **query):
        rows += actual
        page += 1
    return rows


def crawl(http: httpx.Client) -> dict[str, dict[Any, dict[str, Any]]]:
    """Every table as its lists and details give it."""
    tables = {table: {row["id"]: row for row in get(http, table)} for table in UNPAGED}
    for table in ("groups", "manufacturers"):
        tables[table] = {row["id"]: row for row in pages(http, table)}
    for table in ("article_categories", "articles"):
        tables[table] = {row["id"]: row for row in pages(http, f"{http.base_url.join('../v2')}/{table}")}
    for table in ("tickets", "cis", "users"):
        rows = pages(http, table)
        tables[table] = {row["id"]: {**row, **get(http, f"{table}/{row['friendly_id']}")} for row in rows}
    return {**tables, "account": {None: get(http, "account")}}


def truth(sandbox: BossDeskSandbox) -> dict[str, dict[Any, dict[str, Any]]]:
    return {table: {row.get("id"): row for row in rows} for table, rows in sandbox.truth().items()}


def test_truth_is_what_the_api_gives_before_and_after_edits(
    sandbox: BossDeskSandbox, http: httpx.Client
) -> None:
    first = crawl(http)
    assert first == truth(sandbox)
    assert len(first) == 20
    sandbox.clock.advance(hours=1)
    assert len(sandbox.edit(300)) == 300
    second = crawl(http)
    assert second == truth(sandbox)
    assert second != first
    assert "secure_url" not in str(second)


def test_every_change_of_a_row_moves_its_updated_at(sandbox: BossDeskSandbox) -> None:
    before = truth(sandbox)
    now = sandbox.clock.advance(hours=1).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    sandbox.edit(300)
    after = truth(sandbox)
    changed = [
        row
        for table in after
        if table not in ("account", "article_categories")  # these show no time
        for key, row in after[table].items()
        if row != before[table].get(key)
    ]
    assert len(changed) > 100
    assert {row["updated_at"] for row in changed} == {now}
    kinds = {
        field
        for row in changed
        for field in row
        if row.get(field) != before["tickets"].get(row["id"], {}).get(field)
    }
    assert {"comments", "tags", "tasks", "custom_fields", "attachments", "closed_at", "cis"} <= kinds


def test_the_same_seed_gives_the_same_desk_whatever_was_read() -> None:
    one, other = (
        BossDeskSandbox(seed=3, size=0.1, edge_cases=True),
        BossDeskSandbox(seed=3, size=0.1, edge_cases=True),
    )
    one.truth()
    assert one.edit(60) == other.edit(60)
    assert one.truth() == other.truth()
    assert (
        BossDeskSandbox(seed=4, size=0.1, edge_cases=True).truth()["tickets"]
        != BossDeskSandbox(seed=3, size=0.1, edge_cases=True).truth()["tickets"]
    )


def test_headers_are_required(sandbox: BossDeskSandbox, http: httpx.Client) -> None:
    good = http.headers["Authorization"]
    for bad in ("", good.replace("Token", "Bearer"), good.replace('"', ""), 'Token token="other"'):
        assert http.get("tickets", headers={"Authorization": bad}).status_code == 401
    del http.headers["Content-Type"]
    assert http.get("tickets").status_code == 400
    assert httpx.get(str(http.base_url).replace("/api/v1", "/api/v2") + "tickets").status_code in (401, 404)


def test_a_session_gives_the_key(sandbox: BossDeskSandbox, http: httpx.Client) -> None:
    answer = http.post("sessions", auth=(sandbox.username, sandbox.password))
    assert (answer.status_code, answer.json()["api_key"]) == (200, sandbox.api_key)
    assert answer.json()["permissions"]["cis"] == ["index", "show"]
    assert http.post("sessions", auth=(sandbox.username, "wrong")).status_code == 401
    assert sandbox.writes == 0


def test_only_reads_are_served(sandbox: BossDeskSandbox, http: httpx.Client) -> None:
    before = sandbox.truth()
    assert http.patch("tickets/1", json={"ticket": {"title": "x"}}).status_code == 405
    assert http.delete("cis/1").status_code == 405
    assert http.post("tickets", json={"ticket": {}}).status_code == 405
    assert sandbox.writes == 3
    assert sandbox.truth() == before


def test_pages(sandbox: BossDeskSandbox, http: httpx.Client) -> None:
    first = get(http, "tickets")
    assert len(first) == 15
    assert [row["friendly_id"] for row in first] == list(range(80, 65, -1))
    assert get(http, "tickets", page=2, per_page=7)[0]["friendly_id"] == 73
    assert get(http, "tickets", page=7) == []
    for wrong in ({"per_page": 0}, {"per_page": 31}, {"per_page": "x"}, {"page": 0}, {"page": -1}):
        assert http.get("tickets", params=wrong).status_code == 400
    all_tags = get(http, "tags")
    assert get(http, "tags", page=5, per_page=99) == all_tags
    assert [row["id"] for row in get(http, "users")] == sorted(row["id"] for row in get(http, "users"))


def test_a_new_ticket_moves_rows_to_the_next_page(sandbox: BossDeskSandbox, http: httpx.Client) -> None:
    last = get(http, "tickets", page=1)[-1]
    sandbox.create("tickets", title="New")
    assert get(http, "tickets", page=2)[0] == last


def test_list_rows_are_the_texts_examples(http: httpx.Client) -> None:
    ticket, ci, user = (get(http, table)[0] for table in ("tickets", "cis", "users"))
    assert list(ticket) == listed(
        "id, friendly_id, title, status, due_at, type, priority, category, extended_status, requester, agent"
    )
    assert set(ticket["requester"]) == {"id", "friendly_id", "first_name", "last_name", "username"}
    assert set(ci) == set(
        listed("id, friendly_id, name, description, online, updated_at, archived, inventory, type, status")
    )
    assert "phone" not in user
    assert user["id"] != user["friendly_id"]
    assert http.get(f"users/{user['id']}").status_code == 404
    assert http.get("tickets/99999").status_code == 404
    assert http.get("tickets/x").status_code == 404
    assert http.get("groups/1").status_code == 404


def test_search(sandbox: BossDeskSandbox, http: httpx.Client) -> None:
    times = sorted(row["updated_at"] for row in sandbox.truth()["tickets"])
    cut = times[40]
    actual = pages(http, "tickets", **{"q[updated_at_gteq]": cut, "q[s]": "updated_at asc"})
    by_id = {row["id"]: row["updated_at"] for row in sandbox.truth()["tickets"]}
    assert [by_id[row["id"]] for row in actual] == [one for one in times if one >= cut]
    assert len(pages(http, "tickets", **{"q[updated_at_gt]": cut})) == len(actual) - times.count(cut)
    assert len(pages(http, "tickets", **{"q[updated_at_lt]": cut})) == 80 - len(actual)
    assert pages(http, "tickets", **{"q[updated_at_gteq]": FUTURE}) == []
    assert [
        row["last_name"]
        for row in get(http, "users", **{"q[last_name_eq]": "Foley", "q[is_agent_eq]": "false"})
    ]
    assert get(http, "tickets", **{"q[s]": "id asc"})[0]["friendly_id"] == 1
    assert len(get(http, "tickets", **{"q[friendly_id_eq]": 7})) == 1


@pytest.mark.parametrize(
    "query",
    [
        {"q[updated_at_since]": FUTURE},
        {"q[changed_at_gteq]": FUTURE},
        {"q[updated_at_gteq]": "not a time"},
        {"q[updated_at_gteq]": ""},
        {"q[s]": "secret desc"},
        {"updated_since": FUTURE},
    ],
)
def test_ransack_ignores_what_it_does_not_know(http: httpx.Client, query: dict[str, str]) -> None:
    assert get(http, "tickets", **query) == get(http, "tickets")


def test_a_list_may_not_honour_updated_at(sandbox: BossDeskSandbox, http: httpx.Client) -> None:
    sandbox.honours.remove("tickets")
    assert get(http, "tickets", **{"q[updated_at_gteq]": FUTURE, "q[s]": "updated_at asc"}) == get(
        http, "tickets"
    )
    assert get(http, "cis", **{"q[updated_at_gteq]": FUTURE}) == []
    assert len(get(http, "tickets", **{"q[friendly_id_eq]": 7})) == 1


def test_denied_paths(sandbox: BossDeskSandbox, http: httpx.Client) -> None:
    sandbox.denied = {"/cis": 402, "users": 403, "/tickets/5": 422}
    assert [http.get(path).status_code for path in ("cis", "cis/1", "ci_types")] == [402, 402, 200]
    assert [http.get(path).status_code for path in ("users", "tickets/5", "tickets/50")] == [403, 422, 200]


def test_a_row_can_be_changed_deleted_and_brought_back(sandbox: BossDeskSandbox, http: httpx.Client) -> None:
    row = sandbox.truth()["tickets"][3]
    sandbox.clock.advance(minutes=5)
    messages = sandbox.comment(row["id"])
    shown = get(http, f"tickets/{row['friendly_id']}")
    assert shown["comments"] == [*row["comments"], messages]
    assert (shown["updated_at"], shown["lock_version"]) == (
        "2026-11-02T14:35:00.000Z",
        row["lock_version"] + 1,
    )
    sandbox.change("tickets", row["id"], comments=[], agent=None)
    assert get(http, f"tickets/{row['friendly_id']}")["comments"] == []
    sandbox.delete("tickets", row["id"])
    assert http.get(f"tickets/{row['friendly_id']}").status_code == 404
    sandbox.restore("tickets", row["id"])
    assert get(http, f"tickets/{row['friendly_id']}")["agent"] is None


def test_new_fields_and_new_types(sandbox: BossDeskSandbox, http: httpx.Client) -> None:
    sandbox.add_field("tickets", "mood", lambda row: row["friendly_id"] * 2)
    sandbox.add_field("tickets", "lock_version", "two")
    sandbox.add_field("tags", "weight", 1.5)
    assert get(http, "tickets")[0]["mood"] == 160
    assert "lock_version" not in get(http, "tickets")[0]
    assert get(http, "tickets/4")["lock_version"] == "two"
    assert {row["weight"] for row in get(http, "tags")} == {1.5}
    assert crawl(http) == truth(sandbox)


def test_oddities_are_there() -> None:
    rows = BossDeskSandbox(edge_cases=True).truth()
    assert [len(rows[table]) for table in ("tickets", "cis", "users")] == [400, 120, 90]
    tickets = rows["tickets"]
    assert any(":74." in task["created_at"] for row in tickets for task in row["tasks"])
    values = {type(value) for row in tickets for value in row["custom_fields"].values()}
    assert values == {str, int, float, bool, type(None)}
    assert {row["agent"] is None for row in tickets} == {True, False}
    assert {row["inventory"] is None for row in rows["cis"]} == {True, False}
    assert any(len((row["inventory"] or {}).get("disks", [])) > 1 for row in rows["cis"])
    assert any(messages["attachments"] for row in tickets for messages in row["comments"])
    assert any(user["roles"] for row in rows["cis"] for user in row["users"])
    assert (
        min(row["updated_at"] for row in tickets)
        < "2025"
        < "2026-10"
        < max(row["updated_at"] for row in tickets)
    )


def test_saved_searches_my_tickets_and_attachments(sandbox: BossDeskSandbox, http: httpx.Client) -> None:
    of = {row["owner_class"]: row["id"] for row in get(http, "searches")}
    assert "alias" in get(http, f"searches/{of['ci']}")[0]
    assert get(http, f"searches/{of['ticket']}", page=2) == get(http, "tickets", page=2)
    assert http.get(f"searches/{of['problem']}").status_code == 501
    sandbox.create("tickets", requester=sandbox.truth()["users"][0])
    mine = pages(http, "my/tickets")
    assert {row["status"] for row in mine} <= {"open", "closed"}
    assert "comments" in get(http, f"my/tickets/{mine[0]['friendly_id']}")
    with_file = next(row for row in sandbox.truth()["tickets"] if row["attachments"])
    path = f"tickets/{with_file['friendly_id']}/attachments/{with_file['attachments'][0]['id']}"
    assert get(http, path)["secure_url_expire_time_in_mins"] == 10


def test_renames_show_in_nested_rows_only_when_live(sandbox: BossDeskSandbox, http: httpx.Client) -> None:
    shown = get(http, "tickets/9")
    sandbox.change("helpdesk_priorities", shown["priority"]["id"], name="Renamed")
    assert get(http, "tickets/9") == shown
    sandbox.live_names = True
    assert get(http, "tickets/9") == {**shown, "priority": {**shown["priority"], "name": "Renamed"}}


def test_a_limit_answers_429_until_the_clock_moves(sandbox: BossDeskSandbox, http: httpx.Client) -> None:
    sandbox.limits = ((2, 60),)
    assert [http.get("tags").status_code for _ in range(3)] == [200, 200, 429]
    sandbox.clock.advance(seconds=20)
    assert http.get("tags").headers["Retry-After"] == "40"
    sandbox.clock.advance(seconds=40)
    assert http.get("tags").status_code == 200


def test_a_hundred_thousand_tickets_need_little_time() -> None:
    sandbox = BossDeskSandbox(size=250, edge_cases=True)
    assert len(sandbox.stores["tickets"].updated) == 100_000
    assert not sandbox.stores["tickets"].edited


def test_pages_out_of_range_are_refused_or_clamped(sandbox: BossDeskSandbox, http: httpx.Client) -> None:
    """The text gives 1 to 30 for ``per_page`` and names no error: both readings are served."""
    for wrong in ({"per_page": 100}, {"page": 0}):
        assert http.get("tickets", params=wrong).status_code == 400
    sandbox.clamps_pages = True
    thirty = http.get("tickets", params={"per_page": 30, "page": 1}).json()
    assert http.get("tickets", params={"per_page": 100, "page": 0}).json() == thirty
    assert len(thirty) == 30
