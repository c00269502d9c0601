"""What Google's own tools and guests say, pasted: the cause that the words name."""
# ruff: noqa: E501 - a text stands as it is pasted

from __future__ import annotations

import asyncio

import pytest

from sshwizard.runner import Runner

TEXTS = {
    "ERROR: (gcloud.compute.ssh) Could not add SSH key to instance metadata:\n - Value for field 'metadata.items[0].value' is too large: maximum size 262144 character(s); actual size 262380.": "gcp.metadata-too-large",
    "ERROR: (gcloud.compute.ssh) Could not add SSH key to project metadata:\n - Required 'compute.projects.setCommonInstanceMetadata' permission for 'projects/shop'": "gcp.login-role-missing",
    "---- Checking user permissions ----\nUser permissions: 1 issue(s) found.\n\nYou need the Compute OS Admin Login role (roles/compute.osAdminLogin) or the Compute OS Login role (roles/compute.osLogin).": "gcp.login-role-missing",
    "The VM has an attached service account. You need the permission iam.serviceAccounts.actAs on the project or service account.": "gcp.login-role-missing",
    "ERROR: (gcloud.compute.ssh) The user does not have access to service account '1-compute@developer.gserviceaccount.com'.  User: 'dana@example.com'.  Ask a project owner to grant you the iam.serviceAccountUser role on the service account": "gcp.login-role-missing",
    "You need permission to SSH to a private IP address: iap.tunnelInstances.accessViaIAP.": "gcp.iap-permission-missing",
    "ERROR: (gcloud.compute.instances.create) Could not fetch resource:\n - Constraint constraints/compute.vmExternalIpAccess violated for project 123. Add instance projects/p/zones/z/instances/vm1 to the constraint to use external IP with it.": "gcp.org-policy-blocks",
    'ERROR: (gcloud.compute.instances.add-metadata) Could not fetch resource:\n - Operation denied by org policy: ["constraints/compute.requireOsLogin": "The boolean constraint compute.requireOsLogin is enforced"].': "gcp.org-policy-blocks",
    "Unauthorized\nError 401": "gcp.workspace-policy-blocks",
    "SSH-in-browser: Unauthorized Error 401": "gcp.workspace-policy-blocks",
    "Firewall: 1 issue(s) found.\n\nNo ingress firewall rule allowing SSH found.": "gcp.firewall-blocks",
    "2026/11/22 12:00:00 GCEGuestAgent: WARNING detected OpenSSH version may be incompatible with enable_windows_ssh": "gcp.windows-ssh-package-missing",
    "OS Login is enabled on this VM, so SSH keys in metadata are ignored.": "gcp.oslogin-ignores-metadata-key",
    "Project-wide SSH keys are blocked for this instance.": "gcp.project-keys-blocked",
    'Feb 13 09:04:44 web google_guest_agent[478]: ERROR non_windows_accounts.go:217 invalid ssh key entry - expired key: dana:ssh-rsa AAAA google-ssh {"userName":"d","expireOn":"2024-02-13T08:23:15+0000"}': "gcp.metadata-key-expired",
    "Nov 17 05:00:02 demo google_authorized_keys[473]: Failed to validate organization user dev has login permission, got HTTP response code: 403.": "gcp.login-role-missing",
    "enable-windows-ssh is not set to TRUE on this VM": "gcp.windows-ssh-off",
}


@pytest.mark.parametrize("text", TEXTS)
def test_a_pasted_text_names_its_cause(text: str) -> None:
    found = asyncio.run(Runner.of_text(text.encode(), "pasted").walk())
    assert found.root is not None
    assert found.root.cause == TEXTS[text]


def test_noise_of_a_healthy_guest_is_no_cause() -> None:
    noise = "Nov 17 05:00:02 web google_guest_agent[4]: ERROR main.go:1 Error watching metadata: context canceled"
    found = asyncio.run(Runner.of_text(noise.encode(), "pasted").walk())
    assert found.root is None


def test_ssh_in_the_browser_says_that_the_workspace_forbids_it() -> None:
    found = asyncio.run(Runner.of_text(b"Unauthorized\nError 401", "pasted").walk())
    assert found.root is not None
    assert found.root.cause == "gcp.workspace-policy-blocks"
