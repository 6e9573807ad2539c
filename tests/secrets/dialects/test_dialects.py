from __future__ import annotations

import re

import pytest

from longshore.environments.keys import DIALECTS
from longshore.errors import UsageError
from longshore.secrets import dialects
from longshore.secrets.dialects.dialect import CannotCarry, CannotParse, heading, written_for
from longshore.secrets.dialects.kvfile import parse_kubectl
from longshore.secrets.dialects.node_dotenv import parse_env, parse_env_20_12
from longshore.secrets.dialects.systemd import parse as parse_systemd
from tests.secrets.dialects.words import FACTS, MORE, words


def test_each_dialect_that_a_setting_can_name_has_a_writer() -> None:
    assert tuple(dialects.written()) == DIALECTS
    assert [dialect.name for dialect in dialects.written().values()] == list(DIALECTS)


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("godotenv", "a#b", "K='a#b'"),
        ("godotenv", "it's $5\n", 'K="it\'s \\$5\\n"'),
        ("godotenv", "'a\"", 'K="\'a\\"${_}"'),
        ("godotenv", " $a #b\\", "K=${_} \\$a ${_}#b\\"),
        ("docker", ' it\'s #"1" ', 'K= it\'s #"1" '),
        ("docker", "a\r", "K=a\r\r"),
        ("kubectl", "${A}", "K=${A}"),
        ("compose", 'a "$b" \\n\n', 'K="a \\"\\$b\\" \\\\n\\n"'),
        ("systemd", "a\nb $c", "K='a\nb $c'"),
        ("systemd", "it's `$\"\\", 'K="it\'s \\`\\$\\"\\\\"'),
        ("bash", "it's $(id)\n", "K='it'\\''s $(id)\n'"),
        ("node", "a #b", "K='a #b'"),
        ("node", "it's", "K=`it's`"),
        ("node", "it's `x`", 'K="it\'s `x`"'),
        ("node", "a\\", "K=a\\"),
        ("python", "it's \\n", "K='it\\'s \\\\n'"),
        ("python", "a\rb", 'K="a\\rb"'),
        ("python", "ab\\", "K=ab\\"),
    ],
)
def test_the_encoding_is_the_reader_s(name: str, value: str, line: str) -> None:
    dialect = dialects.find(name)
    assert dialect.encode({"K": value}) == f"{line}\n"
    assert dialect.parse(f"{line}\n") == {"K": value}


@pytest.mark.parametrize("name", [name for name in DIALECTS if name != "github"])
def test_plain_values_need_no_quotes_and_an_empty_secret_is_only_its_heading(name: str) -> None:
    dialect = dialects.find(name)
    assert dialect.encode({"B": "", "A": "a.b/c:1@x=%+-,"}, "Heading") == "# Heading\nA=a.b/c:1@x=%+-,\nB=\n"
    assert dialect.encode({}, "Heading") == "# Heading\n"
    assert dialect.parse("# Heading\n") == {}


def test_github_gets_heredocs_with_delimiters_that_nobody_can_foresee() -> None:
    dialect = dialects.find("github")
    text = dialect.encode({"B": "x\nA<<EOF\n", "A": ""}, "Heading")
    found = re.fullmatch(r"A<<(longshore_[0-9a-f]{32})\n\n\1\nB<<(longshore_[0-9a-f]{32})\nx\nA<<EOF\n\n\2\n", text)
    assert found is not None
    assert found[1] != found[2]
    assert dialect.parse(text) == {"A": "", "B": "x\nA<<EOF\n"}
    assert written_for(text) == "github"


CARRIED_BY_ALL_BUT = {
    "viper": {"\n=", "=\n", "=\r", "\r="},
    "godotenv": {"\n\\", "\r\\"},
    "docker": {word for word in words(2) if "\n" in word},
    "kubectl": {word for word in words(2) if "\n" in word},
    "compose": set(),
    "systemd": set(),
    "bash": set(),
    "node": {word for word in words(2) if "\r" in word} | {" \\", "#\\", "'\\", '"\\', "`\\", "\n\\"},
    "python": {" \\", "'\\", '"\\', "\n\\"} | {"\r\\"},
    "github": set(),
}


@pytest.mark.parametrize("name", DIALECTS)
def test_what_can_t_be_carried_is_known(name: str) -> None:
    dialect = dialects.find(name)
    refused = {word for word in words(2) if dialect.assignment("K", word) is None}
    assert refused == CARRIED_BY_ALL_BUT[name]


@pytest.mark.parametrize("name", DIALECTS)
def test_what_is_written_is_read_back_and_known_for_whom(name: str) -> None:
    dialect = dialects.find(name)
    found = [*words(2), *FACTS, *MORE]
    values = {f"K{number}": value for number, value in enumerate(found) if dialect.assignment("K", value) is not None}
    text = dialect.encode(values, heading(name, "aws:bank/prod"))
    assert dialect.parse(text) == values
    assert written_for(text) == name


@pytest.mark.parametrize(
    ("name", "key", "value", "why"),
    [
        ("docker", "K", "canary\nB=1", "docker --env-file has no way to write a line break"),
        ("docker", "K", "canary" * 20_000, "docker --env-file takes no line of 64 KiB"),
        ("kubectl", "K", "canary\nB=1", "kubectl --from-env-file has no way to write a line break"),
        ("kubectl", "K", "canary" * 20_000, "kubectl --from-env-file takes no line of 64 KiB"),
        ("godotenv", "K", "canary\n\\", "godotenv takes no backslash at the end of a value with line breaks"),
        ("systemd", "K", "canary\ufffe", "systemd takes no code point that Unicode calls a noncharacter"),
        ("bash", "RANDOM", "canary", "bash has a variable of its own of this name"),
        ("bash", "PPID", "canary", "bash has a variable of its own of this name"),
        ("node", "K", "canary\r", "util.parseEnv drops every carriage return"),
        (
            "node",
            "K",
            "canary' `\" #",
            "Node's parsers have no escapes: a value can't hold all three kinds of quotes, or a backslash at the end of what needs quotes",
        ),
        ("node", "__proto__", "canary", "no property of a JavaScript object can have this name"),
        ("python", "K", "${canary}", "python-dotenv expands ${...} within any quotes, unless it is told interpolate=False"),
        (
            "python",
            "K",
            "canary #\\",
            "python-dotenv up to 1.2.2 takes a backslash at the end for an escape of the closing quote",
        ),
        ("github", "NODE_OPTIONS", "canary", "GitHub Actions lets no step set this variable"),
        ("github", "GITHUB_TOKEN", "canary", "GitHub Actions lets no step set this variable"),
        ("github", "RUNNER_TEMP", "canary", "GitHub Actions lets no step set this variable"),
    ],
)  # fmt: skip
def test_what_the_reader_can_t_take_is_refused_by_key_name_only(name: str, key: str, value: str, why: str) -> None:
    dialect = dialects.find(name)
    assert dialect.assignment(key, value) is None
    with pytest.raises(CannotCarry) as caught:
        dialect.encode({key: value, "GOOD": "1"})
    assert caught.value.lines() == [
        f"error: {name} would not read back exactly what is stored ({key})",
        f"  why: {why}",
    ]
    assert caught.value.code == 2


@pytest.mark.parametrize("name", [name for name in DIALECTS if name != "viper"])
def test_keys_that_differ_in_case_are_two_to_all_but_viper(name: str) -> None:
    values = {"KEY": "1", "Key": "2", "key": "3"}
    dialect = dialects.find(name)
    assert dialect.parse(dialect.encode(values)) == values


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("docker", "A=1\nB\n"),
        ("kubectl", "A=1\nB\n"),
        ("compose", "A=1\nB\n"),
        ("compose", "A=1\nB=$A\n"),
        ("compose", 'A=1\nB="x${C:+y}"\n'),
        ("bash", "A=1\nB=$HOME/x\n"),
        ("bash", 'B="$1"\n'),
        ("python", "A=1\nB='${A}'\n"),
    ],
)
def test_a_file_that_depends_on_the_reader_s_environment_is_refused(name: str, text: str) -> None:
    with pytest.raises(UsageError, match="depends on the environment") as caught:
        dialects.find(name).parse(text)
    assert caught.value.on == "B"


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("godotenv", "A=1\nB='canary\n", "line 2: a quote that is never closed"),
        ("compose", 'A=1\n\nB="canary\n', "line 3: a quote that is never closed"),
        ("docker", "A=1\nB canary=1\n", "line 2: no name of a variable before ="),
        ("kubectl", "A=1\nA=canary\n", "line 2: the name is there twice"),
        ("bash", "A=1\ncanary --now\n", "line 2: no assignment"),
        ("bash", "A=1 canary\n", "line 1: something follows the assignment"),
        (
            "bash",
            "A=`canary`\n",
            "line 1: a quote that is never closed, or a character that means something to a shell",
        ),
        ("bash", 'A="$(canary)"\n', "line 1: a command, or an expansion with an operator"),
        ("python", "A=1\nB='canary' x\n", "line 2: something follows the value"),
        ("github", "A<<EOF\ncanary\n", "line 1: its delimiter does not follow"),
        ("github", "A=1\ncanary\n", "line 2: no assignment"),
    ],
)
def test_a_file_that_the_reader_fails_on_is_told_by_line(name: str, text: str, line: str) -> None:
    with pytest.raises(CannotParse) as caught:
        dialects.find(name).parse(text)
    assert caught.value.why == line
    assert "canary" not in str(caught.value)


def test_a_file_that_parsers_of_one_name_read_differently_is_refused_by_key_name_only() -> None:
    with pytest.raises(UsageError) as caught:
        dialects.find("node").parse('A=1\nK="a\\rcanary"\n')
    assert caught.value.lines() == [
        "error: not every reader that node stands for reads the same value (K)",
        "  why: util.parseEnv and util.parseEnv of Node 20.12 and npm's dotenv have different rules for quotes and escapes",
        "  next: put the value in single quotes",
    ]


@pytest.mark.parametrize(
    ("text", "now", "in_20_12"),
    [
        ("export K= \nB=1", {"K": "B=1"}, {"B": "1", "K": ""}),
        ("A=x\nK='", {"A": "x", "K": "'"}, {"A": "x", "K": "'"}),
        ("K=a#b\nL='a#b' # c\n", {"K": "a", "L": "a#b"}, {"K": "a", "L": "a#b"}),
        ("K='a\nb'\nB=1", {"B": "1", "K": "a\nb"}, {"B": "1", "K": "a\nb"}),
        ('K="a\\nb\\rc"\n', {"K": "a\nb\\rc"}, {"K": "a\nb\rc"}),
        ("K: a\nB=1", {"B": "1"}, {"B": "1", "K": "a"}),
        ("=a\nB=1", {"B": "1"}, {"B": "1"}),
        ("K\nB=1", {"B": "1"}, {"B": "1"}),
        ("K=''a'\nB=1", {"B": "1", "K": ""}, {"B": "1", "K": ""}),
        ("K=`a'\"b`\nB=2", {"B": "2", "K": "a'\"b"}, {"B": "2", "K": "a'\"b"}),
        ("K=a\r\nB='\r'\n", {"B": "", "K": "a"}, {"B": "\n", "K": "a"}),
        ("K='a\\' # '\nB=1", {"B": "1", "K": "a\\"}, {"B": "1", "K": "a\\' # "}),
        ("__proto__=1\nB=1", {"B": "1"}, {"B": "1"}),
        ("  K = a b  \nB=1", {"B": "1", "K": "a b"}, {"B": "1", "K": "a b"}),
    ],
)
def test_util_parse_env_as_node_24_13_and_20_12_were_seen_to_read(
    text: str, now: dict[str, str], in_20_12: dict[str, str]
) -> None:
    assert parse_env(text) == now
    assert parse_env_20_12(text) == in_20_12


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("A='it'\"'\"'s'\n", {"A": "it's"}),
        ("A=a\\\nb\nC=1\n", {"A": "ab", "C": "1"}),
        ("#c\\\nA=1\nB=2\n", {"B": "2"}),
        (";A=1\nexport B=2\nC\nD=1", {"D": "1"}),
        ("A='x\ny' \nB=a b \\  \n", {"A": "x\ny", "B": "a b  "}),
        ("\ufeffA=1\nB=1\n", {"B": "1"}),
    ],
)
def test_systemd_as_version_252_was_seen_to_read(text: str, read: dict[str, str]) -> None:
    assert parse_systemd(text, comments_go_on=True) == read


def test_a_backslash_carries_a_comment_over_to_the_next_line_in_old_versions_of_systemd_only() -> None:
    assert parse_systemd("#c\\\nA=1\nB=2\n", comments_go_on=False) == {"A": "1", "B": "2"}
    with pytest.raises(UsageError, match="not every reader that systemd stands for"):
        dialects.find("systemd").parse("#c\\\nA=1\nB=2\n")


def test_kubectl_reads_nothing_behind_a_line_that_is_too_long() -> None:
    assert parse_kubectl("A=1\nB=" + "x" * 65_534 + "\nC=1\n") == {"A": "1"}
    assert parse_kubectl("A=1\nB=" + "x" * 65_533 + "\nC=1\n") == {"A": "1", "B": "x" * 65_533, "C": "1"}
