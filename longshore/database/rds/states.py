"""What the states of a DB instance mean.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html#Overview.DBInstance.Status
"""

from __future__ import annotations

from longshore.database.rds.api import Instance
from longshore.errors import Failed

MEANINGS = {
    "failed": "RDS could not make or restore it",
    "storage-full": "it has no storage left, and answers no more",
    "insufficient-capacity": "AWS has no machine of its class in these availability zones",
    "inaccessible-encryption-credentials": "the KMS key of its storage is disabled or not allowed",
    "inaccessible-encryption-credentials-recoverable": "the KMS key of its storage is disabled or not allowed",
    "incompatible-network": "a subnet, a security group or a free address that it needs is not there any more",
    "incompatible-parameters": "it can't start with the parameters of its parameter group",
    "incompatible-option-group": "it can't have the options of its option group",
    "incompatible-credentials": "the credentials of its CloudHSM or domain are wrong",
    "incompatible-create": "it can't be created with these settings",
    "incompatible-restore": "RDS can't restore it to that moment",
    "restore-error": "RDS could not restore it",
    "stopped": "it is stopped",
    "stopping": "it is being stopped",
    "deleting": "it is being deleted",
}


def fault(instance: Instance) -> Failed | None:
    """Why waiting for this instance would be in vain; None while it works or is on its way."""
    meaning = MEANINGS.get(instance.status)
    if meaning is None and instance.status.startswith("incompatible-"):
        meaning = "something that it needs doesn't fit"
    if meaning is None:
        return None
    name = instance.identifier
    match instance.status:
        case "stopped" | "stopping":
            do = f"aws rds start-db-instance --db-instance-identifier {name}"
        case "storage-full":
            do = f"aws rds modify-db-instance --db-instance-identifier {name} --apply-immediately --allocated-storage GIGABYTES"
        case "deleting":
            do = "wait until it is gone, then run it again"
        case _:
            do = f"aws rds describe-events --source-type db-instance --source-identifier {name} --duration 1440"
    return Failed(f"the RDS instance is {instance.status}", on=name, why=meaning, do=do)
