"""A kubeconfig as text: an entry is put in or changed, and everything else stays byte for byte: comments, order, style, line ends.

https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/ is its form. After every change the new text is read again and must say what the
old one said, but for what was wished.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from longshore.cluster.kubeconfig import Part
from longshore.cluster.yaml import text as yaml_text
from longshore.cluster.yaml.nodes import Node, Unreadable
from longshore.errors import UsageError

PARTS = {"clusters": "cluster", "users": "user", "contexts": "context"}
"""The lists of named parts, and the key of each one's content."""
CURRENT = "current-context"
HEADER: dict[str, Any] = {"apiVersion": "v1", "kind": "Config"}


@dataclass(frozen=True)
class KubeconfigFile:
    """The text of one file. `where` is how a person calls it."""

    text: str
    where: str
    _root: Node | None = field(default=None, repr=False, compare=False)

    @classmethod
    def parse(cls, text: str, where: str) -> KubeconfigFile:
        """Raises UsageError, with line and column, for what kubectl would not read as one kubeconfig."""
        try:
            root = yaml_text.compose(text)
            _check(root)
        except Unreadable as fault:
            raise UsageError(
                f"{where} can't be read, nothing was touched",
                on=f"line {fault.line}, column {fault.column}",
                why=fault.why,
                do=("mend it there", "or leave it as it is: --kubeconfig FILE, or --print"),
            ) from None
        return cls(text, where, root)

    @property
    def current(self) -> str:
        """The name of the current context; empty: none."""
        return str(self.data.get(CURRENT) or "")

    @property
    def data(self) -> dict[str, Any]:
        """What it says."""
        found: dict[str, Any] = yaml_text.plain(self._root) or {}
        return found

    def named(self, kind: str) -> dict[str, Part]:
        """The parts of `clusters`, `users` or `contexts` by name. Of two with one name kubectl refuses the file; here the first counts."""
        found: dict[str, Part] = {}
        for item in self.data.get(kind) or []:
            found.setdefault(str(item.get("name")), item.get(PARTS[kind]) or {})
        return found

    def with_part(self, kind: str, name: str, part: Part) -> KubeconfigFile:
        """With a part of that name and content, put in or in the place of the one that is there. Raises UsageError where that isn't safe."""
        wished = {PARTS[kind]: part, "name": name}
        data = HEADER if self._is_empty else self.data
        items = list(data.get(kind) or [])
        at = next((number for number, item in enumerate(items) if item["name"] == name), None)
        if at is not None and items[at] == wished:
            return self
        items[at if at is not None else len(items) : len(items) if at is None else at + 1] = [wished]
        root, listed = self._root, yaml_text.value_of(self._root, kind)
        if root is None or self._is_empty:
            text = self._begun({kind: [wished]})
        elif at is not None and listed is not None:
            text = yaml_text.replaced(self.text, listed, at, wished)
        elif listed is not None:
            text = yaml_text.appended(self.text, root, kind, wished)
        else:
            text = yaml_text.added(self.text, root, kind, [wished])
        return self._proven(text, data | {kind: items})

    def with_current(self, name: str) -> KubeconfigFile:
        """With that context as the current one. Raises UsageError where that isn't safe."""
        if self.current == name:
            return self
        data, root = HEADER if self._is_empty else self.data, self._root
        if root is None or self._is_empty:
            text = self._begun({CURRENT: name})
        elif yaml_text.value_of(root, CURRENT) is not None:
            text = yaml_text.set_scalar(self.text, root, CURRENT, name)
        else:
            text = yaml_text.added(self.text, root, CURRENT, name)
        return self._proven(text, data | {CURRENT: name})

    @property
    def _is_empty(self) -> bool:
        return self._root is None or self._root.kind == "scalar"

    def _begun(self, first: dict[str, Any]) -> str:
        end = yaml_text.line_end(self.text)
        above = self.text if not self.text or self.text.endswith(end) else self.text + end
        return above + end.join(yaml_text.block(HEADER | first)) + end

    def _proven(self, text: str, wished: dict[str, Any]) -> KubeconfigFile:
        try:
            after = KubeconfigFile.parse(text, self.where)
        except UsageError:
            after = None
        if after is None or after.data != wished:
            raise UsageError(
                f"{self.where} can't be changed without a risk to the rest of it, nothing was touched",
                why="it is written in a way (anchors, aliases, tags) in which one part can't be told from another",
                do="use a file of its own: --kubeconfig FILE, or --print",
            )
        return after


def _check(root: Node | None) -> None:
    data = yaml_text.plain(root)
    if data is None or root is None:
        return
    if not isinstance(data, dict):
        raise yaml_text.unreadable(root, "a kubeconfig is a mapping: apiVersion, kind, clusters ...")
    for kind, key in PARTS.items():
        listed = yaml_text.value_of(root, kind)
        if listed is None or data[kind] is None:
            continue
        if not isinstance(data[kind], list):
            raise yaml_text.unreadable(listed, f"{kind} is a list")
        names: set[str] = set()
        for node, item in zip(listed.children, data[kind], strict=True):
            if not isinstance(item, dict) or not isinstance(item.get("name"), str):
                raise yaml_text.unreadable(node, f"an item of {kind} has a name and a {key}")
            if not isinstance(item.get(key) or {}, dict):
                raise yaml_text.unreadable(node, f"{key} of {item['name']} is a mapping")
            if item["name"] in names:
                raise yaml_text.unreadable(node, f"the name {item['name']} is there twice in {kind}")
            names.add(item["name"])
    current = yaml_text.value_of(root, CURRENT)
    if current is not None and not isinstance(data[CURRENT] or "", str):
        raise yaml_text.unreadable(current, f"{CURRENT} is a name")
