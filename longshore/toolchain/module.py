"""A Go module on disk: what its go.mod pins. https://go.dev/ref/mod#go-mod-file"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from longshore.errors import UsageError

GO_LINE = re.compile(r"^go (\d+(?:\.\d+)*)", re.MULTILINE)


@dataclass(frozen=True)
class GoModule:
    """The module in a folder."""

    folder: Path

    @property
    def go_version(self) -> tuple[int, ...]:
        """The oldest Go that builds it: (1, 25, 11)."""
        found = GO_LINE.search(self._go_mod())
        if found is None:
            raise UsageError("go.mod has no go line", on=str(self.folder / "go.mod"))
        return tuple(int(part) for part in found[1].split("."))

    def version_of(self, module: str) -> str:
        """The version that is required of another module: `v4.20.1`."""
        found = re.search(rf"^(?:require)?\s+{re.escape(module)} (v\S+)", self._go_mod(), re.MULTILINE)
        if found is None:
            raise UsageError(f"go.mod does not require {module}", on=str(self.folder / "go.mod"))
        return found[1]

    def fingerprint(self, also: Iterable[str] = ()) -> str:
        """Twelve hexadecimal digits that change when go.mod, go.sum, a source file in the folder or one of `also` does."""
        digest = hashlib.sha256()
        for path in sorted([*self.folder.glob("go.*"), *self.folder.glob("*.go")]):
            if path.name in ("go.mod", "go.sum") or path.suffix == ".go":
                digest.update(f"{path.name} {path.stat().st_size}\n".encode() + path.read_bytes())
        digest.update("\0".join(also).encode())
        return digest.hexdigest()[:12]

    def _go_mod(self) -> str:
        try:
            return (self.folder / "go.mod").read_text(encoding="utf-8")
        except OSError as error:
            raise UsageError(
                "go.mod can't be read", on=str(self.folder / "go.mod"), why=error.strerror or str(error)
            ) from error


def pinned(part: str = "") -> GoModule:
    """The module that pins our programs: tools/ of the checkout, or the copy of it in the wheel; `part` is a module of its own inside."""
    package = Path(__file__).resolve().parents[1]
    in_wheel = package / "tools"
    return GoModule((in_wheel if in_wheel.is_dir() else package.parent / "tools") / part)
