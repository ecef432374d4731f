"""Errors, named by what their reader does next.

Each is decided from a status or a type, never from a message's text, and carries the exit code that the command
line gives back. Messages say what happened, where, and the next step; they never contain a secret.
"""

from __future__ import annotations


class SourceError(Exception):
    """Anything that stops a table or a vendor. ``exit_code`` is what the command ends with.

    Args:
        what: one sentence: what happened, with the status or the type that showed it.
        do: the next step for the reader, an imperative sentence.
        where: vendor, table or setting concerned.

    ``word`` names what came instead of an answer. ``keeps_rows`` says that the table's rows and its state are loaded
    all the same.
    """

    exit_code = 1
    status = "failed"
    word = "failed"
    keeps_rows = False

    def __init__(self, what: str, *, do: str = "", where: str = "") -> None:
        self.what, self.do, self.where = what, do, where
        message = ": ".join(part for part in (where, what) if part)
        stop = "" if message.endswith((".", "!", "?")) or not message else "."
        super().__init__(f"{message}{stop} {do}" if do else message)

    def at(self, where: str) -> SourceError:
        """The same error with ``where`` as its place, if it had none."""
        if self.where:
            return self
        return type(self)(self.what, do=self.do, where=where).with_traceback(self.__traceback__)


class FixSettings(SourceError):
    """A person changes a credential, a right or a setting. Exit 2."""

    exit_code = 2
    word = "refused"


class Denied(FixSettings):
    """The key may not read this (402, 403): the table is skipped and reported, never treated as empty."""

    status = "denied"


class NotFound(FixSettings):
    """The address answers 404 (or the vendor's own form of it)."""

    word = "not found"


class NoSuchRead(FixSettings):
    """The vendor has no such address for any row: this is no statement about the requested row."""


class Unauthorized(FixSettings):
    """The credentials are refused (401): nothing of this account can be read."""


class TryLater(SourceError):
    """Throttled or out of reach after all attempts. Exit 3: run it again.

    ``after`` is the number of seconds after which it makes sense, if the vendor states it.
    """

    exit_code = 3
    word = "out of reach"

    def __init__(self, what: str, *, do: str = "", where: str = "", after: float | None = None) -> None:
        super().__init__(what, do=do, where=where)
        self.after = after

    def at(self, where: str) -> SourceError:
        if self.where:
            return self
        copy = type(self)(self.what, do=self.do, where=where, after=self.after)
        return copy.with_traceback(self.__traceback__)


class PagesMoved(TryLater):
    """A list changed under every scan of it: what was seen is loaded, but rows may be missing."""

    status = "unsteady"
    keeps_rows = True


class VendorChanged(SourceError):
    """An answer of a shape that is not understood. Exit 4: nothing of it was stored."""

    exit_code = 4
    word = "not understood"


class Refused(VendorChanged):
    """The vendor refuses a request as it is made (a 4xx that is no right and no missing row)."""

    word = "refused"


class DetailDenied(Denied):
    """Some details may not be read: the rows are loaded as the list shows them, what was known of them stays."""

    keeps_rows = True


class DetailMissing(TryLater):
    """Some details were not found, of rows that the list shows: they are loaded as the list shows them."""

    status = "incomplete"
    keeps_rows = True


class DetailUnproven(VendorChanged):
    """Some answers were not the details that were requested: nothing of them was stored, what was known stays."""

    status = "incomplete"
    keeps_rows = True


class DeleteGuard(VendorChanged):
    """An answer that may be true but looks like a withdrawn right: rows were kept, deletes were not made."""

    status = "suspicious"
    keeps_rows = True


def gravest(codes: list[int]) -> int:
    """The exit code of a run from those of its tables: a defect, then settings, then shape, then reach.

    A person must act on 1, 2 and 4, and a later run alone may heal 3.
    """
    order = (1, 2, 4, 3)
    return next((code for code in order if code in codes), 0)
