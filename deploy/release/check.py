"""Release check: the tag, the version, the changelog and the addresses of a release agree.

python deploy/release/check.py v0.2.0 owner/repository
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def problems(tag: str, repository: str, root: Path = ROOT) -> list[str]:
    """What keeps a tag from being released; empty if nothing does.

    Args:
        tag: the name of the tag, such as ``v0.2.0``.
        repository: ``owner/name`` of the repository that the workflow runs in.
        root: the checkout.
    """
    source = (root / "src" / "fieldhouse" / "__init__.py").read_text("utf-8")
    version = re.findall(r'^__version__ = "(.+)"$', source, re.M)[0]
    heading = re.findall(r"^## (.+)$", (root / "CHANGELOG.md").read_text("utf-8"), re.M)[0]
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    messages = []
    if tag != f"v{version}":
        messages.append(f"tag {tag}: the version is {version}; expected the tag v{version}.")
    if not re.fullmatch(rf"{re.escape(version)} \(\d{{4}}-\d\d-\d\d\)", heading):
        messages.append(f"CHANGELOG.md: the newest section is '{heading}'; expected '{version} (date)'.")
    address = project["urls"]["Repository"]
    if not address.endswith(f"/{repository}"):
        messages.append(
            f"pyproject.toml: the repository is {address}; expected the address of {repository}, where this runs."
        )
    return messages


if __name__ == "__main__":
    messages = problems(*sys.argv[1:3])
    sys.exit("\n".join(messages) if messages else 0)
