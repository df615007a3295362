"""Environment files: the ones that exist are right, and mistakes are located."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.config.loading import ENVIRONMENTS, load_environment
from app.errors import ConfigError, InputError


def spoiled(tmp_path: Path, old: str, new: str, *, blamed: str | None = None) -> list[str]:
    """Problems of production's file with one change; `blamed` is a key elsewhere that is blamed."""
    text = (ENVIRONMENTS / "production.yaml").read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "production.yaml"
    spoilt = text.replace(old, new, 1)
    file.write_text(spoilt, encoding="utf-8")
    with pytest.raises(ConfigError) as refusal:
        load_environment("production", tmp_path)
    was, now = text.splitlines(), spoilt.splitlines()
    changed = {n for n, (a, b) in enumerate(zip(was, now, strict=False), start=1) if a != b}
    for one in refusal.value.problems:
        assert one.file == file
        # A value is blamed where it stands; a key that is missing, where it would belong.
        where = now[one.line - 1].strip()
        expected = where.startswith(blamed) if blamed else one.line in changed
        assert expected or len(was) != len(now), (where, changed)
    return [f"{one.message} → {one.remedy}" for one in refusal.value.problems]


@pytest.mark.parametrize("name", ["local", "production"])
def test_the_environments_that_ship_are_right(name: str) -> None:
    assert load_environment(name).name == name


def test_an_unknown_environment_is_refused_with_a_guess() -> None:
    with pytest.raises(InputError) as refusal:
        load_environment("prodution")
    assert refusal.value.message == "there is no environment 'prodution'"
    assert refusal.value.remedy == "did you mean production?"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('"123456789012"', "123456789012",
         'account_id is 123456789012 → write text such as "123456789012", in quotes'),
        ("us-east-2c]", "us-east-2a]",
         "zone us-east-2a is named twice → name three different zones"),
        ("us-east-2c]", "us-west-1c]",
         "zone us-west-1c is not in region us-east-2 → write a zone such as us-east-2a"),
        (", us-east-2c]", "]", "zones has 2 values → write a list of 3 values"),
        ("10.0.66.0/24]", "10.0.64.0/24]",
         "subnet 10.0.64.0/24 overlaps 10.0.64.0/24 → choose a block that no other subnet uses"),
        ("10.0.66.0/24]", "10.1.66.0/24]",
         ("subnet 10.1.66.0/24 lies outside the network 10.0.0.0/16 → "
         "choose a block inside 10.0.0.0/16")),
        ("cidr: 192.168.0.0/16", "cidr: 10.0.8.0/24",
         ("the data centre's 10.0.8.0/24 overlaps the VPC's 10.0.0.0/16 → "
         "give the VPC a range that the data centre does not use")),
        ("cidr: 10.0.0.0/16", "cidr: 10.0.0.0/33",
         'cidr is "10.0.0.0/33" → write a network such as 10.0.0.0/16'),
        ("203.0.113.10", "203.0.113.256",
         'legacy_address is "203.0.113.256" → write an address such as 203.0.113.10'),
        ("{minimum: 2, maximum: 10}", "{minimum: 5, maximum: 4}",
         "minimum 5 is above maximum 4 → write a minimum of at most 4"),
        ("ttl_seconds: 30", "ttl_seconds: 61",
         "ttl_seconds is 61 → write a whole number from 1 to 60"),
        ("name: production", "name: staging",
         "name is staging in a file named production.yaml → write name: production"),
    ],
)  # fmt: skip
def test_a_mistake_says_what_to_write_instead(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    assert spoiled(tmp_path, old, new) == [expected]


def test_a_mistake_inside_a_list_is_placed_at_its_item(tmp_path: Path) -> None:
    text = (ENVIRONMENTS / "production.yaml").read_text(encoding="utf-8")
    text = text.replace("us-east-2c]", "us-west-1c]")
    (tmp_path / "production.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as refusal:
        load_environment("production", tmp_path)
    (problem,) = refusal.value.problems
    line = text.splitlines()[problem.line - 1]
    assert line[problem.column - 1 :] == "us-west-1c]"
