"""Deletes rows that nobody can ask for any more, such as expired tokens and ended sessions."""

from datetime import timedelta

from portico.models import Mail, OneTimeToken, Session, SpentChallenge, Token

from .house import house

SWEEP_EVERY = 3600  # seconds
RETENTION = timedelta(days=30)  # how long one-time tokens, sessions and sent mails stay after their end


async def sweep() -> None:
    """Deletes every such row; the background runs it every SWEEP_EVERY seconds."""
    now = house().clock.now()
    await Token.filter(expires_at__lt=now).delete()
    await SpentChallenge.filter(expires_at__lt=now).delete()
    await OneTimeToken.filter(expires_at__lt=now - RETENTION).delete()
    await Session.filter(ends_at__lt=now - RETENTION).delete()
    await Mail.filter(status="sent", sent_at__lt=now - RETENTION).delete()
