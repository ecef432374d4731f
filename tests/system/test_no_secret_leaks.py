"""No secret is seen anywhere: over success and every way to fail, at debug level, in any form.

A run here is the command's own body over an account whose wire is in this process, so that no pause takes time.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from fieldhouse.pipelines.commands import sync as run_sync
from fieldhouse.pipelines.config.sections import LogFiles
from fieldhouse.pipelines.config.selection import Job
from fieldhouse.pipelines.config.settings import Settings
from fieldhouse.pipelines.output.console import log_to_stderr
from fieldhouse.pipelines.output.exit import run_command
from fieldhouse.sources.engine.changes.options import Options
from fieldhouse.sources.sandbox.sandbox import Answer, Call, Sandbox
from tests.support.cli_runner import ROOT, command_runner
from tests.support.secret_canaries import SANDBOX_OF, TABLES, files, hits, rows, secrets
from tests.support.sync_harness import ADDRESS, SandboxTransport, open_harness
from tests.support.warehouse.warehouse_snapshot import read_snapshot

Fault = Callable[[Call, Answer], Answer | None]
SIGN_IN = ("bossdesk by password", "servicebridge", "servicebridge oauth")
SIGNING_IN = ("/sessions", "/Login", "/oauth/token")


@dataclass
class Ran:
    """What one run left: its exit code, what it said, and every place to look at."""

    code: int
    output: str
    places: dict[str, bytes]


@dataclass
class Scene:
    """A stand-in with canaries for credentials, in a folder of its own."""

    box: Sandbox
    folder: Path
    capsys: Any
    settings: dict[str, str]

    @property
    def secrets(self) -> list[str]:
        """The configured ones, and those that the vendor gave in exchange."""
        fetched = [*getattr(self.box, "sessions", ()), *getattr(self.box, "tokens", ())]
        return [*secrets(self.box.settings(ADDRESS)), *fetched]

    def run(self, *, url: str = "", wire: httpx.BaseTransport | None = None, as_json: bool = False,
            change: Callable[[Any], Any] = lambda account: account) -> Ran:  # fmt: skip
        """``fieldhouse sync --debug``, and a look at all that it left."""
        url = url or f"duckdb:///{self.folder}/warehouse.duckdb"
        handlers = list(logging.getLogger().handlers)
        with open_harness(self.box, url, self.folder, **self.settings) as made:
            account = change(_over(made.account, wire) if wire else made.account)
            logs = LogFiles(folder=str(self.folder / "logs"))
            settings = Settings(url, None, 1.0, (account,), logs=logs)
            tables = account.tables(TABLES[self.box.name])
            log_to_stderr(debug=True)
            try:
                code = run_command(
                    lambda: run_sync.run(
                        settings,
                        [Job(account, tables)],
                        Options(),
                        as_json=as_json,
                        verbose=True,
                        debug=True,
                        sleep=lambda seconds: None,
                    ),
                    as_json=as_json,
                    debug=True,
                )
            finally:
                logging.getLogger().handlers[:] = handlers
        output = "".join(self.capsys.readouterr())
        places = {"output": output.encode(), **dict(files(self.folder))}
        if url.startswith("duckdb") and Path(url.removeprefix("duckdb:///")).exists():
            actual = read_snapshot(url, account.schema)
            for table, text in rows({**actual.rows, **actual.books}):
                places[table] = places.get(table, b"") + text
        return Ran(code, output, places)

    def assert_hidden(self, ran: Ran) -> None:
        known = self.secrets
        assert known
        for secret in known:
            assert hits(secret, ran.places) == [], f"{secret!r} is seen"
        for secret in self.headers():
            assert secret.encode() not in ran.places["output"]

    def headers(self) -> list[str]:
        """What was sent in the place of a credential: signatures differ with every request."""
        return [value for name, value in self.sent if name in ("authorization", "signature")]

    @property
    def sent(self) -> list[tuple[str, str]]:
        return getattr(self.box, "heard", [])


def _over(account: Any, wire: httpx.BaseTransport) -> Any:
    connect = account.vendor.connect

    def connected(settings: Any) -> Any:
        api = connect(settings)
        transport = {**api.extra.get("transport", {}), "wire": wire}
        return replace(api, extra={**api.extra, "transport": transport})

    return replace(account, vendor=replace(account.vendor, connect=connected))


@pytest.fixture(params=SANDBOX_OF)
def scene(
    request: pytest.FixtureRequest, tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> Scene:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("FIELDHOUSE_PACE_DIR", str(tmp_path))
    box = SANDBOX_OF[request.param]()
    box.heard = []  # type: ignore[attr-defined]
    box.faults.append(_hearing(box))
    return Scene(box, tmp_path, capsys, {})


def _hearing(box: Any) -> Fault:
    """Keeps what was sent as credentials, and changes nothing."""

    def listen(call: Call, honest: Answer) -> None:
        box.heard += [(name.lower(), value) for name, value in call.headers.items()]
        box.heard += [("signature", value) for value in [call.first("signature")] if value]

    return listen


def sent_with(call: Call) -> str:
    """All that came with a call: where its credentials are, too."""
    return f"{call.path} {call.query} {dict(call.headers)} {call.body!r}"


def echoing(scene: Scene, status: int, form: str = "json", **headers: str) -> Fault:
    """Answers with every secret of the account in the body and in a header, and with the request itself."""

    def answer(call: Call, honest: Answer) -> Answer | None:
        if call.path.endswith(SIGNING_IN) and status == 200:
            return None
        messages = {"message": f"you sent {sent_with(call)}", "secrets": scene.secrets}
        body = json.dumps(messages)
        if form == "html":
            body = f"<!doctype html><html><body>{messages}</body></html>"
        if form == "broken":
            body = body[:-1] + "<jobs"
        mime = "text/html" if form == "html" else "application/json"
        return Answer(status, body.encode(), {"Content-Type": mime, **headers})

    return answer


# --- success, and the ways to fail ---------------------------------------------------------------------------


def test_a_run_that_succeeds(scene: Scene) -> None:
    ran = scene.run()
    assert ran.code == 0, ran.output
    assert scene.headers() or scene.box.name in ("notific", "servicebridge")
    scene.assert_hidden(ran)
    scene.assert_hidden(scene.run(as_json=True))


@pytest.mark.parametrize(
    ("status", "form", "code"),
    [(401, "json", 2), (403, "json", 2), (200, "html", 2), (200, "broken", 4), (500, "json", 3), (400, "json", 4)],
    ids=["wrong key", "refused", "a web page", "malformed", "the vendor fails", "not accepted"],
)  # fmt: skip
def test_an_answer_that_repeats_the_credentials(scene: Scene, status: int, form: str, code: int) -> None:
    with scene.box.fault(echoing(scene, status, form)):
        ran = scene.run()
    assert ran.code in (code, 2, 4), ran.output  # a sign-in is refused in its own way
    assert ran.code
    scene.assert_hidden(ran)


def test_throttled_for_hours(scene: Scene) -> None:
    with scene.box.fault(echoing(scene, 429, **{"Retry-After": "9999"})):
        ran = scene.run()
    assert ran.code == 3, ran.output
    scene.assert_hidden(ran)


def test_a_redirect_elsewhere_is_not_followed(scene: Scene) -> None:
    asked: list[str] = []

    class Elsewhere(SandboxTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            asked.append(request.url.host)
            return super().handle_request(request)

    key = httpx.URL("http://x", params={"k": scene.secrets[0]}).query.decode()
    with scene.box.fault(echoing(scene, 302, Location=f"https://{key}@elsewhere.example/?{key}")):
        ran = scene.run(wire=Elsewhere(scene.box))
    assert ran.code == 2, ran.output
    assert set(asked) == {"127.0.0.1"}
    assert "redirects to elsewhere.example" in ran.output
    scene.assert_hidden(ran)


@pytest.mark.parametrize("failure", [httpx.ReadTimeout, httpx.ConnectError, httpx.RemoteProtocolError])
def test_a_line_that_fails_and_says_what_was_sent(scene: Scene, failure: type[httpx.TransportError]) -> None:
    class Dead(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            raise failure(f"{request.url} {request.headers.raw} {request.read()!r} {scene.secrets}")

    ran = scene.run(wire=Dead())
    assert ran.code == 3, ran.output
    scene.assert_hidden(ran)


def test_a_warehouse_that_is_down(scene: Scene) -> None:
    password = "c4nary%2Fpass%26word"
    ran = scene.run(url=f"postgresql://user:{password}@127.0.0.1:9/database?sslpassword=c4nary-ssl")
    assert ran.code in (2, 3), ran.output
    for secret in (password, "c4nary/pass&word", "c4nary-ssl"):
        assert hits(secret, ran.places) == []
    scene.assert_hidden(ran)


def test_a_frozen_schema_that_meets_the_credentials_as_a_field(scene: Scene) -> None:
    assert scene.run().code == 0
    table = TABLES[scene.box.name][0]
    scene.settings = {"schema_drift": "freeze"}
    scene.box.add_field(table, "echo", "new")  # type: ignore[attr-defined]
    ran = scene.run()
    assert ran.code == 4, ran.output
    scene.assert_hidden(ran)


def test_a_defect_with_the_credentials_at_hand(scene: Scene) -> None:
    def broken(record: Any, moment: Any) -> Iterator[Any]:
        stored = scene.secrets
        raise RuntimeError(f"a defect: {stored} {[item.encode() for item in stored]} {json.dumps(stored)}")
        yield record

    def breaking(account: Any) -> Any:
        tables = tuple(replace(table, reshape=broken) for table in account.vendor.tables)
        return replace(account, vendor=replace(account.vendor, tables=tables))

    ran = scene.run(change=breaking)
    assert ran.code == 1, ran.output
    assert "Traceback" in ran.output
    assert "[secret]" in ran.output
    scene.assert_hidden(ran)


@pytest.mark.parametrize("scene", SIGN_IN, indirect=True)
@pytest.mark.parametrize("status", [400, 500, 200])
def test_a_sign_in_that_fails(scene: Scene, status: int) -> None:
    def refuse(call: Call, honest: Answer) -> Answer | None:
        if not call.path.endswith(SIGNING_IN):
            return None
        return Answer(
            status, json.dumps([scene.secrets, sent_with(call)]).encode(), {"Content-Type": "text/plain"}
        )

    with scene.box.fault(refuse):
        ran = scene.run()
    assert ran.code in (2, 3, 4), ran.output
    scene.assert_hidden(ran)


# --- a process of its own ------------------------------------------------------------------------------------

_KILLED = """
import os, dlt.load.load as load
load.Load.run = lambda *arguments, **named: os.kill(os.getpid(), 9)
from fieldhouse.pipelines.sync.account_sync import AccountSync
AccountSync.small_batch_rows = 0  # every slice is dlt's
from fieldhouse.pipelines.cli import main
main()
"""


@contextmanager
def killed(name: str, folder: Path) -> Iterator[tuple[Sandbox, str]]:
    """A run that is killed while dlt loads; what it said."""
    box = SANDBOX_OF[name]()
    with command_runner(folder, box) as at:
        done = subprocess.run(
            [sys.executable, "-c", _KILLED, "sync", "--debug", "--tables", ",".join(TABLES[box.name])],
            cwd=folder,
            env={**at.environment(), "TMPDIR": str(folder), "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == -signal.SIGKILL, done.stderr
        yield box, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["servicebridge", "shiftboard", "notific"])
def test_killed_in_mid_load_leaves_private_files_without_a_secret(name: str, tmp_path: Path) -> None:
    with killed(name, tmp_path) as (box, output):
        left = dict(files(tmp_path))
        loads = [place for place in left if "load" in place]
        assert loads
        known = [*secrets(box.settings(ADDRESS)), *getattr(box, "sessions", ())]
        for secret in known:
            assert hits(secret, {"output": output.encode(), **left}) == []
    for path in tmp_path.rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode & (stat.S_IRWXG | stat.S_IRWXO) == 0, (oct(mode), path)
        assert mode & ~(0o700 if path.is_dir() else 0o600) == 0, (oct(mode), path)


def test_the_forms_are_looked_for() -> None:
    """The looking itself: a secret in any form is found, whatever stands around it."""
    import base64

    secret = "c4nary/x+y"
    for text in (
        secret,
        "%63".lower() and "c4nary%2Fx%2By",
        base64.b64encode(f"a:{secret}".encode()).decode(),
        base64.b64encode(f"{secret}:{secret}".encode()).decode(),
        secret.encode().hex(),
        secret[::-1],
        json.dumps(secret).replace("/", "\\/"),
    ):
        assert hits(secret, {"here": f"before {text} after".encode()}) == ["here"]
    assert hits(secret, {"here": b"nothing"}) == []
    assert os.environ  # the environment holds them, and is not ours to hide
