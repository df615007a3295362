"""What the cloud process is started with."""

from __future__ import annotations

from pydantic import Field

from app.config.base import Settings


class CloudSettings(Settings):
    """Addresses, and how faithful some of AWS's slowness is. Port 0 means any free one."""

    address: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65_535)
    region: str = "us-east-2"
    account_id: str = Field(default="123456789012", pattern=r"^[0-9]{12}$")
    runtime_url: str | None = Field(
        default=None, description="Runtime host; a host that starts later registers itself."
    )
    dns_address: str = "127.0.0.1"
    dns_port: int = Field(default=0, ge=0, le=65_535)
    load_balancer_address: str | None = Field(
        default=None, description="What the DNS names of load balancers resolve to."
    )
    certificate_seconds: int = Field(
        default=2, ge=0, description="Time until ACM has validated a certificate."
    )
    function_retry_seconds: tuple[float, ...] = Field(
        default=(1.0, 2.0), description="Lambda repeats a failed asynchronous call after 60, 120 s."
    )
    custom_resource_deliveries: int = Field(
        default=1, ge=1, le=5, description="How often CloudFormation delivers each event."
    )
