"""Annotations of ingress-nginx that Traefik's provider for them passes over, so that an Ingress which moves may let in more than before.

From the provider's documentation and source, Traefik 3.7.11 (docs/content/reference/routing-configuration/kubernetes/ingress-nginx.md).
"""

from __future__ import annotations

from longshore.kubernetes.marks import annotations_of
from longshore.programs.kubernetes import Object

PREFIX = "nginx.ingress.kubernetes.io/"
IGNORED = frozenset(
    [
        "auth-cache-duration",
        "auth-cache-key",
        "auth-keepalive",
        "auth-keepalive-requests",
        "auth-keepalive-share-vars",
        "auth-keepalive-timeout",
        "auth-proxy-set-headers",
        "auth-tls-error-page",
        "auth-tls-match-cn",
        "connection-proxy-header",
        "denylist-source-range",
        "disable-proxy-intercept-errors",
        "enable-modsecurity",
        "enable-opentelemetry",
        "enable-opentracing",
        "enable-owasp-core-rules",
        "enable-rewrite-log",
        "global-rate-limit",
        "global-rate-limit-ignored-cidrs",
        "global-rate-limit-key",
        "global-rate-limit-window",
        "limit-rate",
        "limit-rate-after",
        "limit-whitelist",
        "load-balance",
        "mirror-host",
        "mirror-request-body",
        "mirror-target",
        "modsecurity-snippet",
        "modsecurity-transaction-id",
        "opentelemetry-trust-incoming-span",
        "opentracing-trust-incoming-span",
        "proxy-cookie-domain",
        "proxy-cookie-path",
        "proxy-redirect-from",
        "proxy-redirect-to",
        "proxy-ssl-ciphers",
        "proxy-ssl-protocols",
        "proxy-ssl-verify-depth",
        "satisfy",
        "session-cookie-change-on-failure",
        "session-cookie-conditional-samesite-none",
        "ssl-ciphers",
        "ssl-prefer-server-ciphers",
        "stream-snippet",
    ]
)


def ignored(ingress: Object) -> list[str]:
    """Those that an Ingress has, without their prefix."""
    names = (name.removeprefix(PREFIX) for name in annotations_of(ingress) if name.startswith(PREFIX))
    return sorted(IGNORED.intersection(names))
