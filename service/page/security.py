"""Headers that restrict what browsers allow the pages to do."""

_NOTHING_ELSE = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_OWN = "script-src 'self'; connect-src 'self'; img-src 'self' data: blob:"

PAGE_POLICY = f"{_NOTHING_ELSE}; {_OWN}; style-src 'self'"
"""Content-Security-Policy of the page: own files only, nothing inline."""

DOCUMENTATION_POLICY = f"{_NOTHING_ELSE}; {_OWN}; style-src 'self' 'unsafe-inline'"
"""Content-Security-Policy of `/docs`, as Swagger UI writes styles into its elements."""


def security_headers(policy: str) -> dict[str, str]:
    """Return the headers of a page or one of its files."""
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-cache",
    }
