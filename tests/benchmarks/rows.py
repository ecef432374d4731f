"""What the benchmarks' vendor holds: customers with 31 leaf columns each, some 900 bytes of JSON, made on demand.

Row ``n`` is the same in every run. Each row changed a minute after the one before it; an edit moves evenly spread rows
behind all others and raises their version.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, datetime, timedelta

FIRST_ID = 8_600_000_000
START = datetime(2020, 1, 1, tzinfo=UTC)
_GAP = timedelta(minutes=1)
_ROW = (
    b'{"Id":%d,"Name":"Customer %07d","AccountNumber":"C-%07d","IsActive":%s,'
    b'"CustomerCategory":{"Id":86001%02d,"Name":"Residential"},'
    b'"MarketingCampaign":{"Id":86002%02d,"Name":"Spring mailing"},'
    b'"Branch":{"Id":86003%02d,"Name":"North"},"Term":{"Id":8600401,"Name":"Net 30"},'
    b'"Tax":{"Id":8600501,"Name":"Georgia"},'
    b'"Email":"customer%d@example.com","Phone":"+1 404 55%05d",'
    b'"BillingAddress":{"Line1":"%d Peachtree Street","City":"Atlanta","State":"GA",'
    b'"PostalCode":"%05d","Country":"US"},'
    b'"Balance":%d.%02d,"CreditLimit":%d.5,"Note":"gate code %d, ring twice",'
    b'"Metadata":{"CreatedOn":"2019-06-01T08:%02d:%02d","UpdatedOn":"%s",'
    b'"CreatedBy":{"Id":860011%02d,"Name":"Ann Lee"},"UpdatedBy":{"Id":860011%02d,"Name":"Bo Cruz"},'
    b'"Version":%d}}'
)


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


class Book:
    """``count`` customers, of which ``edit`` changes some."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._edited: dict[int, tuple[int, datetime]] = {}
        self._order: list[int] = []

    def edit(self, changes: int, number: int = 1) -> None:
        """Change so many rows, evenly spread, as the ``number``-th edit; ``number`` is their version less one."""
        step = max(1, self.count // max(1, changes))
        first = START + _GAP * self.count + timedelta(days=number)
        for place in range(changes):
            self._edited[place * step + number % step] = (number + 1, first + timedelta(seconds=place))
        self._order = sorted(self._edited)

    def page(self, number: int, size: int, since: datetime | None) -> tuple[int, bytes]:
        """How many rows there are, and the JSON of those on page ``number`` (from 1), in the order of ids."""
        if since is None:
            first = (number - 1) * size
            chosen: range | list[int] = range(first, min(first + size, self.count))
            return self.count, b",".join(map(self.row, chosen))
        chosen = self._since(since)
        return len(chosen), b",".join(map(self.row, chosen[(number - 1) * size : number * size]))

    def _since(self, since: datetime) -> list[int]:
        """The rows that changed at ``since`` or later."""
        oldest = bisect_left(range(self.count), since, key=lambda row: START + _GAP * row)
        plain = [row for row in range(oldest, self.count) if row not in self._edited]
        return sorted(plain + [row for row in self._order if self._edited[row][1] >= since])

    def row(self, n: int) -> bytes:
        """The JSON of one row."""
        version, updated = self._edited.get(n, (1, START + _GAP * n))
        return _ROW % (
            FIRST_ID + n,
            n,
            n,
            b"false" if n % 9 == 0 else b"true",
            n % 7,
            n % 5,
            n % 4,
            n,
            n % 100_000,
            n % 9_000 + 1,
            n % 100_000,
            n % 5_000,
            n % 100,
            n % 300 * 100,
            n * 7 % 9_973,
            n % 60,
            n * 7 % 60,
            stamp(updated).encode(),
            n % 20,
            n % 11,
            version,
        )
