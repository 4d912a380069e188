"""``python -m gitregistry``: the same as ``registry``."""

from gitregistry.cli.main import run

run()
