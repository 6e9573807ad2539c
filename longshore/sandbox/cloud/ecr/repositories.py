"""ECR's repositories in moto, with the address of the registry that is really there."""

from __future__ import annotations

from typing import Any

from moto.ecr.exceptions import RepositoryNotEmptyException
from moto.ecr.models import ECRBackend, Repository, ecr_backends

from longshore.sandbox.cloud.ecr.images import Images

_addresses: dict[tuple[str, str], str] = {}
_images: dict[tuple[str, str, str], Images] = {}


def install(account_id: str, region: str, address: str) -> None:
    """Have moto make repositories of this class, and name this address for those of one account and region."""
    _addresses[account_id, region] = address
    ecr_backends.backend = PlayedEcr


def of_region(account_id: str, region: str) -> dict[str, Repository]:
    """The repositories by name."""
    found: dict[str, Repository] = ecr_backends[account_id][region].repositories
    return found


def images(account_id: str, region: str, repository: str) -> Images:
    """Its images."""
    return _images.setdefault((account_id, region, repository), Images())


class PlayedEcr(ECRBackend):
    """The repositories of an account in a region."""

    @property
    def _url_module(self) -> Any:
        # moto looks for it beside the module of the class.
        from moto.ecr import urls

        return urls

    def create_repository(self, repository_name: str, *args: Any, **kwargs: Any) -> Repository:
        made = super().create_repository(repository_name, *args, **kwargs)
        address = _addresses.get((self.account_id, self.region_name))
        if address:
            made.uri = f"{address}/{repository_name}"
        return made

    def delete_repository(
        self, repository_name: str, registry_id: str | None = None, force: bool = False
    ) -> Repository:
        there = images(self.account_id, self.region_name, repository_name).all()
        if there and not force:
            raise RepositoryNotEmptyException(repository_name, registry_id or self.account_id)
        gone = super().delete_repository(repository_name, registry_id, force)
        _images.pop((self.account_id, self.region_name, repository_name), None)
        return gone
