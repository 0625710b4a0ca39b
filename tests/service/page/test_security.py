"""Security headers of the pages."""

import pytest

from service.page.security import DOCUMENTATION_POLICY, PAGE_POLICY, security_headers


@pytest.mark.parametrize("policy", [PAGE_POLICY, DOCUMENTATION_POLICY])
def test_policies_allow_only_local_scripts(policy: str) -> None:
    parts = dict(part.split(" ", 1) for part in policy.split("; "))
    assert parts["default-src"] == parts["frame-ancestors"] == parts["form-action"] == "'none'"
    assert parts["script-src"] == parts["connect-src"] == "'self'"
    assert "unsafe" not in parts["img-src"]


def test_inline_styles_are_allowed_in_the_documentation_only() -> None:
    assert "'unsafe-inline'" not in PAGE_POLICY
    assert "style-src 'self' 'unsafe-inline'" in DOCUMENTATION_POLICY


def test_headers_have_the_policy() -> None:
    headers = security_headers(PAGE_POLICY)
    assert headers["Content-Security-Policy"] == PAGE_POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
