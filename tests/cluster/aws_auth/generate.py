"""Documents of aws-auth as people and tools write them, from a number: the same number gives the same document, so a seed that failed is a test for ever."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

ACCOUNT = "111122223333"
USERS = [f"arn:aws:iam::{ACCOUNT}:user/{name}" for name in ("ana", "Bob", "ci/github-ci", "o.p+q=r@x,y")]
ROLES = [f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("admin", "Deploy", "AWSReservedSSO_View_0a1b", "eks-node")]
NODE = f"arn:aws:iam::{ACCOUNT}:role/eks-node"
ODD = [
    f"arn:aws:iam::{ACCOUNT}:role/team/a/Deploy",
    f"arn:aws:sts::{ACCOUNT}:assumed-role/admin/someone",
    f"arn:aws:iam::{ACCOUNT}:root",
    "arn:aws-cn:iam::444455556666:user/ana",
    "",
]
USERNAMES = [
    "ana",
    "system:node:{{EC2PrivateDNSName}}",
    "admin:{{SessionName}}",
    "a b",
    "it's",
    'say "x"',
    "é😀",
    "#x",
    "yes",
    "null",
    "12",
    "a: b",
    "- x",
    "back\\slash",
]
TYPED = [
    "yes",
    "12",
    "0x1F",
    "1.5",
    "~",
    "null",
    "n",
    "2001-01-01",
    "!!str 12",
    "!x y",
    "[a]",
    "{a: b}",
    "",
    "1:30",
    "08",
]
GROUPS = [
    "system:masters",
    "system:nodes",
    "system:bootstrappers",
    "longshore:view",
    "dev team",
    "dev",
    "Ops",
    "{{AccountID}}",
]
COMMENTS = ["# note", "#", "# - userarn: old", "#\tx", "# ünï [", "# end: {"]
MUTATIONS = "-:[]{}#&*!|>'\"%@`,? \n\tx0~<=\\"


@dataclass
class Style:
    """How one text is written."""

    rng: Random
    flow: bool = False
    json: bool = False
    base: int = 0
    gap: int = 1
    list_indent: int = 2
    calm: bool = False
    """Without types, anchors and oddities: what tools write."""
    anchors: list[str] = field(default_factory=list)
    merges: list[str] = field(default_factory=list)

    def often(self, share: float) -> bool:
        return self.rng.random() < share


def document(seed: int) -> dict[str, str]:
    """The data of a ConfigMap."""
    rng = Random(seed)
    data: dict[str, str] = {}
    makers: list[tuple[str, Callable[[], str]]] = [
        ("mapRoles", lambda: section(rng, "rolearn")),
        ("mapUsers", lambda: section(rng, "userarn")),
        ("mapAccounts", lambda: accounts(rng)),
        ("notes", lambda: rng.choice(["", "kept: [", "x\r\n"])),
    ]
    rng.shuffle(makers)
    for key, make in makers:
        if rng.random() < (0.9 if key in ("mapRoles", "mapUsers") else 0.3):
            data[key] = make()
    if rng.random() < 0.25:
        key = rng.choice([*data, "mapUsers"])
        data[key] = mutated(rng, data.get(key, ""))
    return data


def mutated(rng: Random, text: str) -> str:
    """With a few characters gone, or others there."""
    for _ in range(rng.randint(1, 3)):
        at = rng.randint(0, len(text))
        match rng.randint(0, 2):
            case 0:
                text = text[:at] + text[at + 1 :]
            case 1:
                text = text[:at] + rng.choice(MUTATIONS) + text[at:]
            case _:
                text = text[:at] + rng.choice(MUTATIONS) + text[at + 1 :]
    return text


def soup(seed: int) -> str:
    """Anything that is made of YAML's own pieces."""
    rng = Random(seed)
    pieces = [
        *MUTATIONS,
        *TYPED,
        *COMMENTS,
        "- ",
        ": ",
        "\n  ",
        "\n- ",
        "\n",
        "userarn: ",
        "groups: ",
        USERS[0],
        "&a ",
        "*a",
        "<<: ",
        "|\n",
        "[",
        "]",
        "{",
        "}",
    ]
    return "".join(rng.choice(pieces) for _ in range(rng.randint(1, 25)))


def accounts(rng: Random) -> str:
    numbers = [
        rng.choice([ACCOUNT, '"012345678901"', "012345678901", "123", "~", "'x'", "[a]", "1e3"]) for _ in range(3)
    ]
    return rng.choice(
        ["[]", "", "\n".join(f"- {number}" for number in numbers), f"[{', '.join(numbers)}]", "a: b", "- [\n"]
    )


def section(rng: Random, arn_key: str) -> str:
    style = Style(
        rng, base=rng.choice([0, 0, 0, 2, 4]), gap=rng.choice([1, 1, 1, 2, 3]), list_indent=rng.choice([0, 0, 2, 2, 4])
    )
    style.calm = style.often(0.4)
    style.flow = style.often(0.2)
    style.json = style.flow and style.often(0.5)
    count = rng.choice([0, 1, 1, 2, 3, 4, 6])
    if count == 0:
        return rng.choice(
            [
                "",
                "[]",
                "[]\n",
                "null",
                "~\n",
                "# none\n",
                "# none",
                "``",
                '""',
                "--- []\n",
                "---\n",
                "[ # c\n]",
                "\n\n",
                " ",
                "[]  # c\n",
            ]
        )
    text = _flow(style, arn_key, count) if style.flow else _block(style, arn_key, count)
    return _wrapped(style, text)


def _wrapped(style: Style, text: str) -> str:
    if not style.calm:
        if style.often(0.06):
            text = f"---\n{text}"
        if style.often(0.05):
            text = f"{text}...\n"
        if style.often(0.05):
            text = f"{text}---\n- [second\n"
        if style.often(0.04):
            text = f"\ufeff{text}"
        if style.often(0.03) and style.base == 0 and not text.startswith(("-", "\ufeff")):
            text = f"!!seq\n{text}"
    if style.often(0.2):
        text = text.rstrip("\n")
    elif style.often(0.1):
        text += style.rng.choice(["\n\n", " ", "  # end", "# end", "\n# end\n"])
    if style.often(0.1):
        text = text.replace("\n", "\r\n")
    return text


def _block(style: Style, arn_key: str, count: int) -> str:
    lines: list[str] = []
    pad = " " * style.base
    for _ in range(count):
        if style.often(0.15):
            lines.append(style.rng.choice(["", "", pad, pad + style.rng.choice(COMMENTS), style.rng.choice(COMMENTS)]))
        lines += _block_item(style, arn_key, pad)
    return "\n".join(lines) + "\n"


def _block_item(style: Style, arn_key: str, pad: str) -> list[str]:
    if not style.calm and style.often(0.06):
        return [f"{pad}- {_flow_item(style, arn_key)}"]
    if not style.calm and style.often(0.04):
        names = [f"*{name}" for name in style.merges] or ["~"]
        return [f"{pad}- {style.rng.choice([*names, 'null', '12', 'text', '[a]', ''])}"]
    column = style.base + 1 + style.gap
    fields: list[list[str]] = []
    for name in _names(style, arn_key):
        fields.append(_block_field(style, name, " " * column))
    head = ""
    if not style.calm and style.often(0.06):
        head = f"m{len(style.merges)}"
        style.merges.append(head)
    lines = [line for one in fields for line in one]
    if head:
        return [f"{pad}-{' ' * style.gap}&{head}", *lines]
    if style.often(0.05):
        return [f"{pad}-" + style.rng.choice(["", " ", "  # item"]), *lines]
    return [f"{pad}-{' ' * style.gap}{lines[0].lstrip(' ')}", *lines[1:]]


def _names(style: Style, arn_key: str) -> list[str]:
    names = [arn_key, "username", "groups"]
    if style.often(0.3):
        style.rng.shuffle(names)
    if style.calm:
        return names
    if style.often(0.2):
        names.insert(style.rng.randint(0, len(names)), "note")
    if style.often(0.1):
        names.append("nested")
    if style.often(0.05):
        names.remove(style.rng.choice(names))
    if style.often(0.03) and names:
        names.append(style.rng.choice(names))
    if style.merges and style.often(0.2):
        names.insert(style.rng.randint(0, len(names)), "<<")
    return names or [arn_key]


def _block_field(style: Style, name: str, pad: str) -> list[str]:
    key = _key(style, name)
    tail = f"  {style.rng.choice(COMMENTS)}" if style.often(0.08) else " " if style.often(0.04) else ""
    if style.often(0.04):
        return [f"{pad}{style.rng.choice(COMMENTS)}", *_block_value(style, name, key, pad, tail)]
    return _block_value(style, name, key, pad, tail)


def _block_value(style: Style, name: str, key: str, pad: str, tail: str) -> list[str]:
    rng = style.rng
    if name == "<<":
        return [f"{pad}<<: *{rng.choice(style.merges)}{tail}"]
    if name == "nested":
        return [f"{pad}{key}:{tail}", f"{pad}  a: [1, yes, {{b: c}}]", f"{pad}  list:", f"{pad}  - x"]
    if name == "groups":
        return _block_groups(style, key, pad, tail)
    if style.often(0.05) and not style.calm:
        marker = rng.choice(["|", "|-", ">", ">-", "|+"])
        return [f"{pad}{key}: {marker}{tail}", f"{pad}  {_value(style, name)}", *([""] if style.often(0.3) else [])]
    if style.often(0.03) and not style.calm:
        return [f"{pad}? {key}", f"{pad}: {_scalar(style, name)}{tail}"]
    return [f"{pad}{key}: {_scalar(style, name)}{tail}"]


def _block_groups(style: Style, key: str, pad: str, tail: str) -> list[str]:
    rng = style.rng
    if not style.calm and style.often(0.1):
        return [f"{pad}{key}: {rng.choice([*TYPED, *(f'*{name}' for name in style.anchors)])}{tail}"]
    anchor = ""
    if not style.calm and style.often(0.08):
        style.anchors.append(f"g{len(style.anchors)}")
        anchor = f" &{style.anchors[-1]}"
    groups = _groups(style)
    if style.often(0.15) or not groups:
        return [f"{pad}{key}:{anchor} [{', '.join(_quoted(style, group) for group in groups)}]{tail}"]
    dashes = pad + " " * style.list_indent
    lines = [f"{pad}{key}:{anchor}{tail}"]
    for group in groups:
        if style.often(0.05):
            lines.append(f"{dashes}{rng.choice(COMMENTS)}")
        note = f" {rng.choice(COMMENTS)}" if style.often(0.06) else ""
        typed = not style.calm and style.often(0.03)
        lines.append(f"{dashes}- {rng.choice(TYPED) if typed else _quoted(style, group, block=True)}{note}")
    return lines


def _flow(style: Style, arn_key: str, count: int) -> str:
    items = [_flow_item(style, arn_key) for _ in range(count)]
    rng = style.rng
    if style.json:
        return (
            rng.choice([", ", ","]).join(items).join("[]")
            if style.often(0.5)
            else "[\n  " + ",\n  ".join(items) + "\n]\n"
        )
    between = rng.choice([", ", ",", " ,  ", ",\n  ", ", # c\n  "])
    return f"[{between.join(items)}{',' if style.often(0.1) else ''}{' ' if style.often(0.2) else ''}]\n"


def _flow_item(style: Style, arn_key: str) -> str:
    pairs = []
    for name in _names(style, arn_key):
        if name == "<<":
            continue
        if name == "groups":
            value = f"[{', '.join(_quoted(style, group) for group in _groups(style))}]"
        elif name == "nested":
            value = '{"a": [1, true]}'
        else:
            value = (
                json.dumps(_value(style, name), ensure_ascii=False)
                if style.json or style.often(0.8)
                else f"'{_arn(style, name)}'"
            )
        key = json.dumps(name) if style.json else _key(style, name)
        pairs.append(f"{key}: {value}")
    return f"{{{', '.join(pairs)}}}"


def _key(style: Style, name: str) -> str:
    if not style.calm and style.often(0.06):
        name = style.rng.choice([name.upper(), name.replace("arn", "ARN"), name.capitalize()])
    return f'"{name}"' if style.often(0.1) else f"'{name}'" if style.often(0.03) else name


def _scalar(style: Style, name: str) -> str:
    if not style.calm and style.often(0.06):
        return style.rng.choice(TYPED)
    return _quoted(style, _value(style, name), block=True)


def _arn(style: Style, name: str) -> str:
    return _value(style, name).replace("'", "")


def _value(style: Style, name: str) -> str:
    rng = style.rng
    if name.endswith("arn"):
        pool = USERS if name == "userarn" else ROLES
        if not style.calm and style.often(0.12):
            pool = [*ODD, *USERS, *ROLES]
        arn = rng.choice(pool)
        return arn.upper().replace("ARN:AWS", "arn:aws") if style.often(0.06) else arn
    return rng.choice(USERNAMES[:3] if style.calm or style.often(0.6) else USERNAMES)


def _groups(style: Style) -> list[str]:
    rng = style.rng
    if style.often(0.01):
        return [f"group-{number}" for number in range(63)]
    return [rng.choice(GROUPS) for _ in range(rng.choice([0, 1, 1, 2, 2, 3]))]


def _quoted(style: Style, value: str, *, block: bool = False) -> str:
    risky = (
        not value
        or value[0] in "#-{[&*!|>'\"%@`"
        or ": " in value
        or " #" in value
        or (not block and any(c in value for c in ",[]{}"))
    )
    if risky or style.often(0.15):
        return json.dumps(value, ensure_ascii=False) if "'" in value or style.often(0.5) else f"'{value}'"
    return value
