"""BOSSDesk's tables: a table of contents of its API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from fieldhouse.sources.engine.http.pagination import Single
from fieldhouse.sources.engine.spec import (
    Detail,
    Incremental,
    Record,
    RowFilter,
    ServerTime,
    Table,
    json_text,
)
from fieldhouse.sources.engine.spec.row_filter import BOOLEANS

from . import rows
from . import rows_lists as lists

_ALL = Single()
SECOND_VERSION = "v2/"
"""Paths that begin so are those of API v2."""


def _updated(cursor: datetime) -> dict[str, str]:
    """Ransack: ``q[updated_at_gteq]``."""
    moment = cursor.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"q[updated_at_gteq]": moment}


_BY_ID, _FROM_THE_END = {"q[s]": "id asc"}, {"q[s]": "id desc"}
_SINCE = Incremental(params=_updated, order=_BY_ID, cursor_field="updated_at")


def _ransack(attribute: str, *values: str) -> dict[str, RowFilter]:
    """A filter by Ransack's predicate ``eq`` on an attribute that rows of the list show.

    The vendor's text names the predicate and, as an example, ``last_name``. An attribute that Ransack does not know is
    ignored without a word, which the rows show.
    """
    return {
        attribute: RowFilter(
            params=lambda wanted: {f"q[{attribute}_eq]": wanted[0]}, column=attribute, values=values
        )
    }


def custom_fields(record: Record, moment: ServerTime) -> Iterator[Record]:
    """``custom_fields`` is an object keyed by field ids: as rows (field_id, value) it joins ``custom_fields``.

    A value that is a list or an object (a cascading dropdown's) is kept as JSON text: what is chosen is one value.
    ``secure_url`` of an attachment expires in minutes and opens the file to anybody: it is not loaded.
    """
    fields = record.get("custom_fields")
    if isinstance(fields, dict):
        record = {
            **record,
            "custom_fields": [{"field_id": name, "value": _one(value)} for name, value in fields.items()],
        }
    yield _without_links(record)


def _one(value: Any) -> Any:
    return json_text(value) if isinstance(value, (dict, list)) else value


def _without_links(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: _without_links(inner) if isinstance(inner, (dict, list)) else inner
            for name, inner in value.items()
            if not name.startswith("secure_url")
        }
    if isinstance(value, list):
        return [_without_links(inner) for inner in value]
    return value


TABLES = (
    Table(
        name="tickets",
        path="tickets",
        row=rows.Ticket,
        grain="one row per ticket",
        incremental=_SINCE,
        order=_BY_ID,
        reverse_order=_FROM_THE_END,
        detail=Detail(path="tickets/{friendly_id}", settled=lambda row: row.get("status") == "closed"),
        reshape=custom_fields,
        confirm="tickets/{friendly_id}",
        filters=_ransack("status"),
    ),
    Table(
        name="cis",
        path="cis",
        row=rows.Ci,
        grain="one row per configuration item (an asset)",
        incremental=_SINCE,
        order=_BY_ID,
        reverse_order=_FROM_THE_END,
        detail=Detail(path="cis/{friendly_id}"),
        reshape=custom_fields,
        confirm="cis/{friendly_id}",
        filters=_ransack("name") | _ransack("online", *BOOLEANS),
    ),
    Table(
        name="users",
        path="users",
        row=rows.User,
        grain="one row per user, agents and requesters alike",
        incremental=_SINCE,
        order=_BY_ID,
        reverse_order=_FROM_THE_END,
        detail=Detail(path="users/{friendly_id}"),
        confirm="users/{friendly_id}",
        filters=_ransack("last_name") | _ransack("email") | _ransack("is_agent", *BOOLEANS),
    ),
    Table(
        name="groups",
        path="groups",
        row=lists.Named,
        grain="one row per user group",
        filters=_ransack("name"),
        incremental=_SINCE,
        order=_BY_ID,
        reverse_order=_FROM_THE_END,
    ),
    Table(
        name="manufacturers",
        path="manufacturers",
        row=lists.Manufacturer,
        grain="one row per manufacturer",
        filters=_ransack("name"),
        incremental=_SINCE,
        order=_BY_ID,
        reverse_order=_FROM_THE_END,
    ),
    Table(
        name="ci_statuses",
        path="ci_statuses",
        row=lists.Named,
        grain="one row per status of a CI",
        pager=_ALL,
    ),
    Table(name="ci_types", path="ci_types", row=lists.CiType, grain="one row per type of CI", pager=_ALL),
    Table(
        name="helpdesk_extended_statuses",
        path="helpdesk_extended_statuses",
        row=lists.Named,
        grain="one row per extended ticket status",
        pager=_ALL,
    ),
    Table(
        name="helpdesk_priorities",
        path="helpdesk_priorities",
        row=lists.Priority,
        grain="one row per ticket priority",
        pager=_ALL,
    ),
    Table(name="locations", path="locations", row=lists.Location, grain="one row per location", pager=_ALL),
    Table(name="searches", path="searches", row=lists.Search, grain="one row per saved search", pager=_ALL),
    Table(name="tags", path="tags", row=lists.Tag, grain="one row per tag", pager=_ALL),
    Table(
        name="task_types", path="task_types", row=lists.Named, grain="one row per type of task", pager=_ALL
    ),
    Table(name="teams", path="teams", row=lists.Named, grain="one row per agents' team", pager=_ALL),
    Table(
        name="ticket_types",
        path="ticket_types",
        row=lists.TicketType,
        grain="one row per type of ticket",
        pager=_ALL,
    ),
    Table(
        name="helpdesk_categories",
        path="helpdesk_categories",
        row=lists.Category,
        grain="one row per ticket category",
        pager=_ALL,
    ),
    Table(
        name="custom_fields",
        path="custom_fields",
        row=lists.CustomField,
        grain="one row per definition of a custom field",
        pager=_ALL,
    ),
    Table(
        name="account",
        path="account",
        row=lists.Account,
        grain="one row: the account itself",
        key=("full_domain",),
        pager=_ALL,
        records=lambda document: [document] if isinstance(document, dict) else document,
    ),
    Table(
        name="article_categories",
        path="v2/article_categories",
        row=lists.ArticleCategory,
        grain="one row per category of knowledge base articles",
        is_optional=True,
    ),
    Table(
        name="articles",
        path="v2/articles",
        row=lists.Article,
        grain="one row per knowledge base article",
        reshape=custom_fields,
        is_optional=True,
    ),
)
