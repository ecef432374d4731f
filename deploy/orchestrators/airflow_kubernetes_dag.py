"""Airflow on Kubernetes: a pod of the image per account every hour, with settings from the Secret `fieldhouse`.

A failed pod is retried whatever its exit code is; for a wrong key that costs a few requests each time. The DAG in
`airflow_dag.py` and the CronJob in `deploy/kubernetes/` retry exit code 3 only.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from kubernetes.client import models as k8s

try:
    from airflow.sdk import DAG
except ImportError:  # Airflow 2
    from airflow import DAG

ACCOUNTS = ["bossdesk", "shiftboard"]
IMAGE = "registry.example.com/fieldhouse:0.2.0"
SETTINGS = k8s.V1EnvFromSource(secret_ref=k8s.V1SecretEnvSource(name="fieldhouse"))
SECURITY = k8s.V1SecurityContext(
    run_as_non_root=True,
    read_only_root_filesystem=True,
    allow_privilege_escalation=False,
    capabilities=k8s.V1Capabilities(drop=["ALL"]),
)
SCRATCH = {"tmp": "/tmp", "state": "/var/lib/fieldhouse"}


def pod(
    task_id: str, *words: str, retries: int = 4, trigger_rule: str = "all_success"
) -> KubernetesPodOperator:
    """A task that runs `fieldhouse WORD…` in a pod."""
    return KubernetesPodOperator(
        task_id=task_id,
        image=IMAGE,
        arguments=[*words],
        env_from=[SETTINGS],
        env_vars={"WAREHOUSE__SHARE_LIMITS": "true"},
        container_security_context=SECURITY,
        volumes=[k8s.V1Volume(name=name, empty_dir=k8s.V1EmptyDirVolumeSource()) for name in SCRATCH],
        volume_mounts=[k8s.V1VolumeMount(name=name, mount_path=path) for name, path in SCRATCH.items()],
        retries=retries,
        trigger_rule=trigger_rule,
        retry_delay=timedelta(minutes=5),
    )


with DAG(
    dag_id="fieldhouse_pods",
    schedule="17 * * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    tags=["fieldhouse"],
):
    syncs = [pod(f"sync_{account.replace('.', '_')}", "sync", account) for account in ACCOUNTS]
    # build also follows a sync that failed; status then does not run, which makes the DAG run a failed one
    build = pod("build", "build", trigger_rule="all_done")
    syncs >> build
    [*syncs, build] >> pod("status", "status", "--max-age", "3h", retries=0)
