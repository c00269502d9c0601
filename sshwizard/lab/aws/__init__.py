"""An embedded AWS: moto over HTTP in a child process, bent until it answers as AWS does.

    with open_aws() as aws:
        ec2 = boto3.client("ec2", **aws.client_options)

Needs the extra `lab`. Nothing here imports moto or boto3: only the child does.
"""

from __future__ import annotations

from sshwizard.lab.aws.embedded import EXAMPLE, HIDDEN, REGION, Aws, open_aws

__all__ = ["EXAMPLE", "HIDDEN", "REGION", "Aws", "open_aws"]
