"""How the local environment shows itself to people and programs."""

from __future__ import annotations

import json

import psutil

from app.local.facts import LocalFacts
from app.local.layout import Layout


def show_status(layout: Layout, *, supervisor: int | None, as_json: bool) -> None:
    """Print what runs: addresses and processes, or why there is nothing."""
    if supervisor is None or not layout.facts.is_file():
        last_words = layout.last_words.read_text() if layout.last_words.is_file() else ""
        if as_json:
            print(json.dumps({"running": False, "last_words": last_words}))
        elif supervisor is not None:
            print(f"a local environment is starting or ending (process {supervisor}); look again")
        else:
            print("no local environment runs; start one with `payshift local up`")
            if last_words:
                print(f"the last one ended by itself:\n{last_words}")
        return
    facts = LocalFacts.read(layout.facts)
    processes = [
        {"pid": one.pid, "name": one.name, "running": psutil.pid_exists(one.pid)}
        for one in facts.processes
    ]
    if as_json:
        shown = facts.model_dump(mode="json", exclude={"databases", "processes"})
        print(
            json.dumps({"running": True, "supervisor": supervisor, **shown, "processes": processes})
        )
        return
    print(f"payment API   https://{facts.api_name}:{facts.api_port} (by the DNS server below)")
    print(f"DNS           {facts.dns.host}:{facts.dns.port}")
    print(f"AWS API       {facts.aws_endpoint}")
    for site, database in facts.databases.items():
        print(f"{site:<7}       postgresql://{database.host}:{database.port}/{database.dbname}")
    for process in processes:
        print(f"{process['pid']:>7}  {process['name']}{'' if process['running'] else '  (ended)'}")
