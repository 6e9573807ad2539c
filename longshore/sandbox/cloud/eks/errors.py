"""What EKS answers when it refuses, word for word where the words are known from its users' reports."""

from __future__ import annotations

from longshore.sandbox.cloud.errors import Kind, Refusal


def not_found(text: str) -> Refusal:
    """404."""
    return Refusal(Kind.MALFORMED, text, code="ResourceNotFoundException", status=404)


def in_use(text: str) -> Refusal:
    """409: there is one, or something else is going on with it."""
    return Refusal(Kind.MALFORMED, text, code="ResourceInUseException", status=409)


def invalid_parameter(text: str) -> Refusal:
    """400: a value that isn't acceptable whatever the state."""
    return Refusal(Kind.MALFORMED, text, code="InvalidParameterException", status=400)


def invalid_request(text: str) -> Refusal:
    """400: not in this state."""
    return Refusal(Kind.MALFORMED, text, code="InvalidRequestException", status=400)


def no_cluster(name: str) -> Refusal:
    """404."""
    return not_found(f"No cluster found for name: {name}.")


def no_entry() -> Refusal:
    """404."""
    return not_found(
        "The specified principalArn could not be found. You can view your available access entries with 'list-access-entries'."
    )


def no_entries_in_this_mode() -> Refusal:
    """400: the ConfigMap alone decides."""
    return invalid_request(
        "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation."
    )


def invalid_principal() -> Refusal:
    """400: no such user or role, or nothing that can have an access entry."""
    return invalid_parameter("The specified principalArn is invalid: invalid principal.")
