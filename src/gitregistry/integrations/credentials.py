"""Who we are to a server: from the environment, a netrc file, or the address. Never recorded, never shown."""

from __future__ import annotations

import netrc
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path

from gitregistry.errors import BadInput
from gitregistry.integrations.http import Server

TOKEN = "REGISTRY_PROMETHEUS_TOKEN"  # noqa: S105 - the variable's name
USER = "REGISTRY_PROMETHEUS_USER"
PASSWORD = "REGISTRY_PROMETHEUS_PASSWORD"  # noqa: S105 - the variable's name


def credentials_for(server: Server, environment: Mapping[str, str]) -> str | None:
    """The ``Authorization`` header's value; None when nothing has any.

    Raises:
        BadInput: what there is cannot be used.
    """
    if token := environment.get(TOKEN):
        if not (token.isascii() and token.isprintable()):
            raise BadInput(f"${TOKEN} holds a character that no token has")
        return f"Bearer {token}"
    if user := environment.get(USER):
        return _basic(user, environment.get(PASSWORD, ""))
    if server.user is not None:
        return _basic(*server.user)
    return _from_netrc(server.host, environment)


def _from_netrc(host: str, environment: Mapping[str, str]) -> str | None:
    given = environment.get("NETRC")
    path = Path(given) if given else Path(environment.get("HOME", "~")).expanduser() / ".netrc"
    try:
        found = netrc.netrc(str(path)).authenticators(host)
    except FileNotFoundError:
        return None
    except (OSError, netrc.NetrcParseError, UnicodeDecodeError) as error:
        # Not the parser's own words, which may be a password.
        line = error.lineno if isinstance(error, netrc.NetrcParseError) else None
        raise BadInput("it cannot be read as a netrc file", path=str(path), line=line) from None
    return _basic(found[0], found[2] or "") if found is not None else None


def _basic(user: str, password: str) -> str:
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode("ascii")
