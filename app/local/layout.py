"""Where the local environment keeps its files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Layout:
    """Paths below the root, by default `build/local`; the root is removed at the end."""

    root: Path

    @property
    def lock(self) -> Path:
        """Held by the supervisor. Beside the root, so that removing the root keeps it valid."""
        return self.root.with_name(f"{self.root.name}.lock")

    @property
    def complaints(self) -> Path:
        """What the supervisor writes to its standard error."""
        return self.root.with_name(f"{self.root.name}.log")

    @property
    def last_words(self) -> Path:
        """Why the last environment ended by itself, if it did."""
        return self.root.with_name(f"{self.root.name}.ended.txt")

    @property
    def facts(self) -> Path:
        """What others need to know: addresses, logins, processes."""
        return self.root / "environment.json"

    @property
    def databases(self) -> Path:
        """The clusters."""
        return self.root / "postgresql"

    @property
    def logs(self) -> Path:
        """One log per program."""
        return self.root / "logs"

    @property
    def trust(self) -> Path:
        """The bundle with the local authority's certificate."""
        return self.root / "ca.pem"

    @property
    def api_certificate(self) -> Path:
        """What clients of either site see."""
        return self.root / "api.crt"

    @property
    def api_key(self) -> Path:
        """Its key."""
        return self.root / "api.key"

    @property
    def places(self) -> Path:
        """Directories outside the root that must go with it, one a line."""
        return self.root / "places.txt"

    def record_places(self, places: tuple[Path, ...]) -> None:
        """Remember directories outside the root, so that `local down` finds them after a crash."""
        self.places.write_text("".join(f"{place}\n" for place in places))

    def recorded_places(self) -> tuple[Path, ...]:
        """The directories that were remembered."""
        if not self.places.is_file():
            return ()
        return tuple(Path(line) for line in self.places.read_text().splitlines() if line)
