#!/usr/bin/env bash
# Makes the release of a tag on GitHub: the newest section of the changelog as its text, the files of dist/ with it.
set -euo pipefail
cd "$(dirname "$0")/../.."
notes="$(awk '/^## / { sections++; next } sections == 1' CHANGELOG.md)"
gh release create "$GITHUB_REF_NAME" --repo "$GITHUB_REPOSITORY" --verify-tag --title "fieldhouse ${GITHUB_REF_NAME#v}" \
  --notes "$notes" dist/*
