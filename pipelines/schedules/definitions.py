"""What ``dagster dev`` and Dagster's daemons load: every configured account, by the project's own settings."""

from fieldhouse.pipelines.config.settings import load

from .location import code_location
from .work import Terms

defs = code_location(Terms(load(), reload=load))
