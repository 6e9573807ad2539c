"""Which tags may be given anew. https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html"""

from __future__ import annotations

from fnmatch import fnmatchcase

from longshore.sandbox.cloud.ecr.service import Ecr


def is_taken(ecr: Ecr, region: str, repository: str, tag: str, digest: str) -> bool:
    """Whether another image has this tag for good."""
    from longshore.sandbox.cloud.ecr import repositories

    holder = repositories.images(ecr.account_id, region, repository).find(tag=tag)
    if holder is None or holder.digest == digest:
        return False
    settings = repositories.of_region(ecr.account_id, region)[repository]
    filters = [one["filter"] for one in settings.image_tag_mutability_exclusion_filters or []]
    # The value: moto keeps an enumeration or a text.
    fixed = str(getattr(settings.image_tag_mutability, "value", settings.image_tag_mutability)).startswith("IMMUTABLE")
    return fixed != any(fnmatchcase(tag, pattern) for pattern in filters)
