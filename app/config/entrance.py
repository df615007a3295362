"""Settings of the entrance: what the firewall lets in, and how long its log of requests is kept."""

from __future__ import annotations

from pydantic import Field

from app.config.base import Settings

# A load balancer shows the firewall no more than the first 8 KB of a body.
INSPECTED_BODY_BYTES = 8192


class Entrance(Settings):
    """The load balancer and its firewall."""

    requests_per_minute: int = Field(
        ge=10, le=1000, description="Requests a minute of one address; more are refused."
    )
    largest_body_bytes: int = Field(
        ge=512, le=INSPECTED_BODY_BYTES, description="Larger bodies are refused unread."
    )
    access_log_days: int = Field(ge=90, le=3650, description="How long access logs are kept.")
