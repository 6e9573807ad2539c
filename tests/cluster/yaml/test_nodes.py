from __future__ import annotations

import pytest

from longshore.cluster.yaml.nodes import Node, Unreadable, read

TEXT = "\ufeff# x\r\n- &a  # dash\r\n  k: é😀\r\n  'q': [1, {b: c}]\r\n  s: |\r\n    t\r\n- *a\r\n-\r\n"


def spans(node: Node, text: str) -> list[str]:
    own = [f"{node.line}:{node.column} {text[node.start : node.end]!r}"]
    return own + [span for child in node.children for span in spans(child, text)]


def test_every_node_knows_its_text() -> None:
    root = read(TEXT).root
    assert root is not None
    item = "&a  # dash\r\n  k: é😀\r\n  'q': [1, {b: c}]\r\n  s: |\r\n    t\r\n"
    assert spans(root, TEXT) == [
        f"2:1 {TEXT[6:-2]!r}",
        f"2:3 {item!r}",
        "3:3 'k'",
        "3:6 'é😀'",
        "4:3 \"'q'\"",
        "4:8 '[1, {b: c}]'",
        "4:9 '1'",
        "4:12 '{b: c}'",
        "4:13 'b'",
        "4:16 'c'",
        "5:3 's'",
        "5:6 '|\\r\\n    t\\r\\n'",
        "7:3 '*a'",
        "8:2 ''",
    ]


def test_an_alias_points_to_its_node() -> None:
    root = read(TEXT).root
    assert root is not None and root.children[1].target is root.children[0]


@pytest.mark.parametrize(
    ("text", "more"), [("- a", False), ("- a\n...\n", False), ("- a\n---\n", True), ("- a\n--- [\n", True)]
)
def test_only_the_first_document_counts(text: str, more: bool) -> None:
    tree = read(text)
    assert tree.root is not None and [child.value for child in tree.root.children] == ["a"]
    assert tree.more is more


@pytest.mark.parametrize("text", ["", "# x", "\n\n"])
def test_a_text_without_a_document(text: str) -> None:
    assert read(text).root is None


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("- a\n- [b", 3, 1),
        ("- a\n  b: c\n", 2, 4),
        ("\ta", 1, 1),
        ("- é\n- \ud800", 2, 3),
        ("\ufeff- a\n- \x1b", 2, 3),
        ("- a\r- b\x85- c\u2028- \x00", 4, 3),
    ],
)
def test_the_place_of_what_can_not_be_read(text: str, line: int, column: int) -> None:
    with pytest.raises(Unreadable) as caught:
        read(text)
    assert (caught.value.line, caught.value.column) == (line, column)


def test_it_reads_without_libyaml_too(monkeypatch: pytest.MonkeyPatch) -> None:
    import yaml

    root = read(TEXT).root
    monkeypatch.delattr(yaml, "CSafeLoader")
    slowly = read(TEXT).root
    assert root is not None and slowly is not None
    assert spans(slowly, TEXT)[1:11] == spans(root, TEXT)[1:11]
