"""Reads the local cloud over its AWS API, without the weight of an SDK in every process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

import aiohttp


class AwsApi:
    """Calls read-only AWS actions; the cloud takes the service from the signature's scope."""

    def __init__(self, *, endpoint: str, region: str, session: aiohttp.ClientSession) -> None:
        self._endpoint = endpoint.rstrip("/")
        self._region = region
        self._session = session

    async def get_json(self, *, service: str, path: str) -> dict[str, Any]:
        """GET a REST-JSON object. Raises aiohttp.ClientError when the cloud is away."""
        url = f"{self._endpoint}{path}"
        async with self._session.get(url, headers=self._headers(service)) as response:
            response.raise_for_status()
            document: dict[str, Any] = json.loads(await response.read())
        return document

    async def query(
        self, *, service: str, version: str, action: str, parameters: Mapping[str, str]
    ) -> ElementTree.Element:
        """Call an action of a Query-XML service; the answer's tags carry no namespace."""
        form = {"Action": action, "Version": version, **parameters}
        headers = self._headers(service)
        async with self._session.post(f"{self._endpoint}/", data=form, headers=headers) as response:
            response.raise_for_status()
            text = await response.text()
        root = ElementTree.fromstring(text)  # noqa: S314 - written by our own process on loopback
        for element in root.iter():
            element.tag = element.tag.rpartition("}")[2]
        return root

    def _headers(self, service: str) -> dict[str, str]:
        scope = f"local/20260101/{self._region}/{service}/aws4_request"
        return {
            "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
        }
