"""Defects of limits and captchas: how often one may ask, and who is counted."""

from .defect import Defect

LIMITS = (
    Defect(
        "limit-off-by-one",
        "a sixth question within a minute is answered",
        "E05",
        "handlers/vault.py",
        'QUESTIONS_PER_CLIENT = "5/minute"',
        'QUESTIONS_PER_CLIENT = "6/minute"',
        "vault",
    ),
    Defect(
        "no-retry-after",
        "nobody is told when to come back",
        "B04",
        "handlers/__init__.py",
        'return {"Retry-After": str(refusal.retry_in)}',
        "return {}",
        "vault",
    ),
    Defect(
        "forwarded-for-from-anybody",
        "whoever sends `X-Forwarded-For` is whom he says",
        "B06",
        "runtime/clients.py",
        "if peer is None or not self._is_trusted(peer):",
        "if peer is None:",
        "vault",
    ),
    Defect(
        "forwarded-for-from-the-left",
        "behind a proxy a client chooses his address",
        "B06",
        "runtime/clients.py",
        'reversed(forwarded.split(","))',
        'forwarded.split(",")',
        "vault",
    ),
    Defect(
        "captcha-accepted-twice",
        "a solved challenge is not remembered",
        "",
        "core/captcha.py",
        "await SpentChallenge.create(digest=_digest(solution), expires_at=house().clock.now() + LIFE)",
        "pass",
        "house/test_captcha.py",
    ),
    Defect(
        "captcha-rewritten",
        "a solution counts again when it is written in another way",
        "",
        "core/captcha.py",
        'return secret.digest(altcha.Payload.from_base64(solution).challenge.signature or "")',
        "return secret.digest(solution)",
        "house/test_captcha.py",
    ),
)
