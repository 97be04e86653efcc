"""What the configuration makes of sending: the SMTP client, its rates, and how long one tries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from digest.config import Config
from digest.deliver import Patience
from digest.rates import Rates
from digest.syncing import Safety
from digest.tables import Smtp
from digest.transports.smtp import Server, SmtpTransport, Token


def transport(config: Config, sleep: Callable[[float], None]) -> SmtpTransport:
    """Make the SMTP client."""
    smtp = config.smtp
    folder = config.path.resolve().parent if config.path else Path.cwd()
    token = Token(file=smtp.token_file, command=smtp.token_command, folder=folder)
    return SmtpTransport(
        Server(
            host=smtp.host,
            port=smtp.port,
            security=smtp.security,
            username=smtp.username,
            password=config.password,
            token=token if smtp.token_file or smtp.token_command else None,
            timeout=smtp.timeout,
            connections=smtp.connections,
        ),
        sleep=sleep,
    )


def patience(smtp: Smtp) -> Patience:
    """Say how long deliveries are tried."""
    return Patience(
        first_delay=timedelta(seconds=smtp.retry),
        deadline=timedelta(hours=smtp.deadline),
        retry_uncertain=smtp.on_uncertain == "retry",
    )


def rates(smtp: Smtp) -> Rates:
    """Say how many mails a second may go."""
    return Rates(
        overall=smtp.rate, connection=smtp.rate_per_connection, domain=smtp.rate_per_domain
    )


def safety(smtp: Smtp) -> Safety:
    """Say what a loss of power may cost."""
    return Safety(marks=smtp.sync.marks, seconds=smtp.sync.seconds)
