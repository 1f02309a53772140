"""What the studio's pages may do: run our own scripts and nothing else, with every sink guarded by trusted types."""

from __future__ import annotations

from functools import cache

from infra.store import S3Store, open_store


@cache
def headers() -> dict[str, str]:
    """The security headers of the studio's pages and files."""
    store = store_origin()
    rules = {
        "default-src": "'none'",
        "script-src": "'self'",
        "worker-src": "'self'",
        "style-src": "'self'",
        "font-src": "'self'",
        "manifest-src": "'self'",
        "img-src": f"'self' blob: data:{store}",
        "media-src": f"'self' blob:{store}",
        "connect-src": f"'self'{store}",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "studio",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in rules.items()),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }


def store_origin() -> str:
    """Where assets are redirected to, with a blank before it; empty where the API itself serves them."""
    store = open_store()
    return f" {store.origin}" if isinstance(store, S3Store) else ""
