"""What is over is thrown away, some time after anybody could ask for it."""

from datetime import timedelta

from portico.models import Mail, OneTimeToken, Session, SpentChallenge, Token

from .house import house

SWEEP_EVERY = 3600  # seconds
KEPT = timedelta(days=30)


async def sweep() -> None:
    now = house().clock.now()
    await Token.filter(expires_at__lt=now).delete()
    await SpentChallenge.filter(expires_at__lt=now).delete()
    await OneTimeToken.filter(expires_at__lt=now - KEPT).delete()
    await Session.filter(ends_at__lt=now - KEPT).delete()
    await Mail.filter(status="sent", sent_at__lt=now - KEPT).delete()
