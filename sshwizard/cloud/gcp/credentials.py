"""Who we are to Google: a token, and where it comes from.

In the order in which gcloud would be believed: a token file, application default credentials, then gcloud's own
login. google-auth is imported only where application default credentials are there.
"""

from __future__ import annotations

import configparser
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TOKEN_FILE = "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE"
SCOPES = ("https://www.googleapis.com/auth/cloud-platform", "https://www.googleapis.com/auth/userinfo.email")
_DMI = Path("/sys/class/dmi/id/product_name")
_GCLOUD = 8.0
"""Seconds for `gcloud config config-helper`, which takes one usually."""


class NoCredentials(Exception):
    """Nothing here says who we are."""


def config_dir() -> Path:
    """gcloud's own directory (gcloud topic configurations)."""
    given = os.environ.get("CLOUDSDK_CONFIG")
    return Path(given) if given else Path("~/.config/gcloud").expanduser()


def adc_file() -> Path:
    """Where application default credentials are (Google Cloud, How Application Default Credentials works)."""
    given = os.environ.get("GOOGLE_APPLICATION_CREDENTIALS")
    return Path(given) if given else config_dir() / "application_default_credentials.json"


def on_gce() -> bool:
    """True on a VM of Compute Engine: only there is the metadata service asked."""
    try:
        return "Google Compute Engine" in _DMI.read_text("ascii", "replace")
    except OSError:
        return False


def logged_in_by_gcloud() -> bool:
    """True when gcloud holds a login."""
    return any((config_dir() / name).exists() for name in ("credentials.db", "legacy_credentials"))


def configured() -> bool:
    """True when there is any place that could hold credentials; else nobody need be asked."""
    return bool(os.environ.get(TOKEN_FILE)) or adc_file().exists() or logged_in_by_gcloud() or on_gce()


def properties() -> dict[str, str]:
    """`core/project`, `core/account` and the like of gcloud's active configuration; the environment wins."""
    found: dict[str, str] = {}
    base = config_dir()
    name = os.environ.get("CLOUDSDK_ACTIVE_CONFIG_NAME") or _text(base / "active_config") or "default"
    reader = configparser.RawConfigParser()
    try:
        reader.read_string(_text(base / "configurations" / f"config_{Path(name).name}"))
        found = {f"{section}/{key}": value for section in reader.sections() for key, value in reader.items(section)}
    except configparser.Error:
        pass
    for key, variables in (
        ("core/project", ("CLOUDSDK_CORE_PROJECT", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT")),
        ("core/account", ("CLOUDSDK_CORE_ACCOUNT",)),
    ):
        given = next((os.environ[one] for one in variables if os.environ.get(one)), "")
        if given:
            found[key] = given
    return found


@dataclass
class Credentials:
    """The token that is in force, and whose it is. Used from one thread at a time."""

    account: str = ""
    """The e-mail address, when it is known without a call."""
    project: str = ""
    quota: str = ""
    """The project that pays for calls, when the credentials name one."""
    source: str = ""
    """token-file, adc, gcloud or metadata."""
    _token: str = ""
    _google: Any = field(default=None, repr=False)

    def token(self, http: Any, *, fresh: bool = False) -> str:
        """A token that is valid now. Raises whatever google-auth raises, OSError, ValueError or NoCredentials."""
        if self.source == "token-file":
            self._token = _token_of_file()
        elif self.source == "gcloud":
            if fresh or not self._token:
                self._take(_helper())
        elif fresh or not self._google.valid:
            from google.auth.transport.urllib3 import Request

            self._google.refresh(Request(http))
            self._token = self._google.token
        return self._token

    def _take(self, found: Mapping[str, Any]) -> None:
        self._token = str(found.get("credential", {}).get("access_token", ""))
        core = found.get("configuration", {}).get("properties", {}).get("core", {})
        self.account, self.project = str(core.get("account", "")), self.project or str(core.get("project", ""))


def find() -> Credentials:
    """Who we are. Raises NoCredentials, or what reading them raises."""
    known = properties()
    account, project = known.get("core/account", ""), known.get("core/project", "")
    if os.environ.get(TOKEN_FILE):
        return Credentials(account, project, source="token-file")
    if adc_file().exists() or on_gce():
        return _default(account, project)
    if logged_in_by_gcloud():
        found = Credentials(account, project, source="gcloud")
        found._take(_helper())
        return found
    raise NoCredentials


def _default(account: str, project: str) -> Credentials:
    if not on_gce():
        os.environ.setdefault("NO_GCE_CHECK", "true")
    import google.auth

    credentials, named = google.auth.default(scopes=SCOPES)
    own = str(getattr(credentials, "service_account_email", "") or "")
    quota = str(getattr(credentials, "quota_project_id", "") or "")
    account = own if own not in {"", "default"} else account
    return Credentials(account, project or str(named or ""), quota, "adc", _google=credentials)


def _helper() -> Mapping[str, Any]:
    program = shutil.which("gcloud")
    if program is None:
        raise NoCredentials
    result = subprocess.run(
        (program, "config", "config-helper", "--format=json"), stdin=subprocess.DEVNULL, capture_output=True,
        timeout=_GCLOUD, check=False, start_new_session=True,
    )  # fmt: skip
    if result.returncode:
        raise NoCredentials
    found = json.loads(result.stdout)
    if not isinstance(found, dict):
        raise ValueError("gcloud's answer is no object")
    return found


def _token_of_file() -> str:
    text = Path(os.environ[TOKEN_FILE]).read_text("utf-8").strip()
    if not text or any(letter.isspace() for letter in text):
        raise ValueError(f"the file of {TOKEN_FILE} holds no token")
    return text


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8", "replace").strip()
    except OSError:
        return ""
