"""Items of a YAML list taken out and added, in block style (`- a`) and flow style (`[a, b]`); what is between them stays."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from longshore.cluster.aws_auth.edits import Edit, Entangled, line_end, line_start, newline_of, next_line, skip_blank
from longshore.cluster.yaml.nodes import Node


@dataclass(frozen=True)
class Place:
    """Where an item of a block list stands: its dash, and its lines from `start` up to `end` (without the last line break)."""

    dash: int
    start: int
    end: int
    column: int
    """Characters before the dash."""


def rewrite(text: str, node: Node, dropped: Collection[int], added: Sequence[str]) -> list[Edit]:
    """The edits that take out the items with these indices, and put new ones behind the last.

    `added` are the new items as text: in flow style as a whole, in block style with the dash and the indentation of every line.
    Raises Entangled where the list is written in a way that can't be changed piecewise.
    """
    return _block(text, node, dropped, added) if node.block else _flow(text, node, dropped, added)


def places(text: str, node: Node) -> list[Place]:
    """Where the items of a block list stand. Raises Entangled where an item shares its lines with something else."""
    found: list[Place] = []
    at = properties_end(text, node)
    for child in node.children:
        dash = skip_blank(text, at)
        if text[dash : dash + 1] != "-":
            raise Entangled(f"the item in line {child.line} has no dash of its own")
        start = line_start(text, dash)
        if text[start:dash].strip(" "):
            raise Entangled(f"the item in line {child.line} does not begin its line")
        found.append(Place(dash, start, _end(text, child), dash - start))
        at = max(child.end, dash + 1)
    return found


def properties_end(text: str, node: Node) -> int:
    """Where the anchor and the tag of a list end; where there are none, its start."""
    end = at = skip_blank(text, node.start)
    while (node.anchor or node.tag) and text[at : at + 1] in ("&", "!"):
        while at < len(text) and not text[at].isspace():
            at += 1
        end, at = at, skip_blank(text, at)
    return end


def _end(text: str, child: Node) -> int:
    """The end of the item's last line, its comment included. A block scalar ends where the next line begins."""
    if child.end > child.start and text[child.end - 1 : child.end] in ("\n", "\r"):
        end = child.end - 1
        return end - 1 if text[end - 1 : end + 1] == "\r\n" else end
    end = line_end(text, child.end)
    if text[child.end : end].strip() and skip_blank(text, child.end) < end:
        raise Entangled(f"something else follows the item of line {child.line} in its line")
    return end


def _block(text: str, node: Node, dropped: Collection[int], added: Sequence[str]) -> list[Edit]:
    stand = places(text, node)
    last = len(stand) - 1
    edits: list[Edit] = []
    if stand and last in dropped and not added and stand[last].end == len(text):
        # The last line has no line break, and neither shall the one that becomes the last.
        while last and last - 1 in dropped and next_line(text, stand[last - 1].end) == stand[last].start:
            last -= 1
        edits.append(Edit(_before_break(text, stand[last].start), len(text)))
    else:
        last += 1
    edits += [Edit(place.start, next_line(text, place.end)) for i, place in enumerate(stand[:last]) if i in dropped]
    if added:
        newline = newline_of(text)
        end = stand[-1].end
        after = next_line(text, end)
        if after == len(text) and after == end:  # no final line break
            if len(stand) - 1 in dropped:
                edits.append(Edit(after, after, newline.join(added)))
            else:
                edits.append(Edit(after, after, newline + newline.join(added)))
        else:
            edits.append(Edit(after, after, "".join(item + newline for item in added)))
    return edits


def _before_break(text: str, start: int) -> int:
    """The end of the line before the one that starts here."""
    return start - 2 if text[:start].endswith("\r\n") else start - 1 if text[:start].endswith(("\n", "\r")) else start


def _flow(text: str, node: Node, dropped: Collection[int], added: Sequence[str]) -> list[Edit]:
    children, kept = node.children, [index for index in range(len(node.children)) if index not in dropped]
    edits = []
    for index in dropped:
        if kept and index < kept[-1]:
            gap = _gap(text, children[index].end, children[index + 1].start)
            edits.append(Edit(children[index].start, children[index + 1].start, gap))
    if not kept:
        return [_refilled(text, node, added)] if children or added else []
    last = kept[-1]
    end = children[last].end
    new = "".join(f",{_separator(text, node)}{item}" for item in added)
    if last < len(children) - 1:
        gaps = "".join(_gap(text, children[i].end, children[i + 1].start) for i in range(last, len(children) - 1))
        edits.append(Edit(end, children[-1].end, new + gaps))
    elif new:
        edits.append(Edit(end, end, new))
    return edits


def _refilled(text: str, node: Node, added: Sequence[str]) -> Edit:
    """Everything between the brackets goes, but for white space at its ends and comments."""
    start, end, children = text.index("[", properties_end(text, node)) + 1, node.end - 1, node.children
    new = ", ".join(added)
    if not children:
        return Edit(end, end, new)
    before = text[start : children[0].start]
    starts = [child.start for child in children[1:]]
    gaps = [_gap(text, child.end, following) for child, following in zip(children, [*starts, end], strict=True)]
    after = text[children[-1].end : end]
    rest = "".join(gaps) or (after if new and not after.strip() else "")
    return Edit(start, end, before + new + rest if new or "#" in before + rest else "")


def _gap(text: str, start: int, end: int) -> str:
    """What stays of the text between two items of which one goes: comments, not the comma."""
    gap = text[start:end]
    if "#" not in gap:
        return ""
    comma = skip_blank(text, start) - start
    return gap[:comma] + gap[comma + 1 :] if gap[comma : comma + 1] == "," else gap


def _separator(text: str, node: Node) -> str:
    """The white space before an item, after the comma."""
    if len(node.children) > 1:
        gap = text[node.children[-2].end : node.children[-1].start]
        after = gap.partition(",")[2]
        return after if not after.strip() else " "
    before = text[: node.children[0].start]
    white = before[len(before.rstrip(" \t\r\n")) :]
    return white if "\n" in white or "\r" in white else " "
