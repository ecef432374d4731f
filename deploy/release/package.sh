#!/usr/bin/env bash
# Builds what a release consists of into dist/: the sdist, the wheel, and the SBOM of the wheel with its extras.
# On a tag, the tag, version, changelog and addresses must agree first. Needs uv.
set -euo pipefail
cd "$(dirname "$0")/../.."
extras="marts,dashboard,telemetry"
python="${PYTHON:-python3}"
if [ "${GITHUB_REF_TYPE:-}" = tag ]; then
  "$python" deploy/release/check.py "$GITHUB_REF_NAME" "$GITHUB_REPOSITORY"
fi
command -v uv >/dev/null || { echo "package: uv is not installed; install it: pipx install uv" >&2; exit 2; }
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
rm -rf dist
uv build --quiet --build-constraints requirements.lock --out-dir dist .
rm -f dist/.gitignore
wheel="$(ls "$PWD"/dist/*.whl)"
# What a user gets: the wheel with its extras at the versions of the lock, and nothing of the development tools.
uv venv --quiet --python "$python" "$work/product"
uv pip install --quiet --python "$work/product" --constraints requirements.lock "fieldhouse[$extras] @ file://$wheel"
uv venv --quiet --python "$python" "$work/tools"
uv pip install --quiet --python "$work/tools" --require-hashes -r deploy/release/requirements.txt
version="$(basename "$wheel" | cut -d- -f2)"
sed "s/^dynamic = .*/version = \"$version\"/" pyproject.toml >"$work/pyproject.toml"
"$work/tools/bin/cyclonedx-py" environment --pyproject "$work/pyproject.toml" --mc-type application --output-reproducible \
  --spec-version 1.6 --output-format JSON --output-file dist/fieldhouse.cdx.json "$work/product/bin/python"
ls -l dist
