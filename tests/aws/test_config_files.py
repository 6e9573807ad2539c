from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

import botocore.configloader
import pytest
from botocore.exceptions import ConfigParseError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from longshore.aws.config_files import Files, ProfileFile, files_of, header, read
from longshore.errors import UsageError

SHAPES = """\
# the team's profiles

[default]
region = eu-central-1
output=json

[profile "my dev"]
Region : us-east-1
s3 =
    max_concurrent_requests = 20
    # slow network
    addressing_style = path
unknown_key = kept

[sso-session corp]
sso_start_url = https://corp.awsapps.com/start

; old
[notes]
cli = x
"""

FRAGMENTS = st.sampled_from(
    [
        "[default]",
        "[profile a]",
        '[profile "a b"]',
        "[sso-session x]",
        "  [z]",
        "a = 1",
        "region=1",
        "b : 2",
        "  c = 3",
        "",
        "   ",
        "# x",
        "  ; y",
        "s3 =",
        "A=",
        "[x",
        "junk",
        " = 1",
        "é=ü",
        "[a] # c",
        "x = [y]",
        "\td = 1",
    ]
)
TEXTS = st.builds(
    lambda lines, end, ended: end.join(lines) + (end if ended and lines else ""),
    st.lists(FRAGMENTS, max_size=10),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)


def config(text: str) -> ProfileFile:
    return ProfileFile(Path("/home/ana/.aws/config"), "config", text)


def aws(tmp_path: Path, *words: str) -> str:
    """The real AWS CLI on config and credentials of tmp_path."""
    program = Path(sysconfig.get_path("scripts")) / "aws"
    environment = {
        "PATH": str(program.parent),
        "HOME": str(tmp_path),
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
    }
    return subprocess.run(
        [sys.executable, str(program), *words], env=environment, capture_output=True, text=True, check=True
    ).stdout


def test_sections_and_entries_with_their_lines() -> None:
    found = [
        (s.kind, s.name, s.line, [(e.key, e.value, e.line, e.last) for e in s.entries]) for s in config(SHAPES).sections
    ]
    assert found == [
        ("profile", "default", 3, [("region", "eu-central-1", 4, 4), ("output", "json", 5, 5)]),
        (
            "profile",
            "my dev",
            7,
            [
                ("region", "us-east-1", 8, 8),
                ("s3", "\nmax_concurrent_requests = 20\naddressing_style = path", 9, 12),
                ("unknown_key", "kept", 13, 13),
            ],
        ),
        ("sso-session", "corp", 15, [("sso_start_url", "https://corp.awsapps.com/start", 16, 16)]),
        ("", "notes", 19, [("cli", "x", 20, 20)]),
    ]


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("region = x\n", 1, "a line before the first [section]"),
        ("[a]\nregion\n", 2, "neither [section] nor key = value"),
        ("[a]\n[b]\n[a]\n", 3, "section [a] is there twice (first in line 1)"),
        ("[a]\nx = 1\nX = 2\n", 3, "x is there twice in [a] (first in line 2)"),
        ("[a]\ns3 =\n  junk\n", 3, "no key = value below s3 ="),
    ],
)
def test_what_no_aws_tool_can_read(text: str, line: int, why: str) -> None:
    (fault,) = config(text).unparseable
    assert (fault.line, fault.why) == (line, why)


@given(TEXTS)
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_it_reads_what_botocore_reads(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config"
    path.write_bytes(text.encode())
    file = read(path, "config")
    assert "".join(file.lines) == text
    try:
        botocore.configloader.load_config(str(path))
        parsed = botocore.configloader.raw_config_parse(str(path), parse_subsections=False)
    except ConfigParseError:
        assert file.unparseable
        return
    assert not file.unparseable
    words = {header: {key: value.split() for key, value in values.items()} for header, values in parsed.items()}
    assert {s.header: {key: value.split() for key, value in s.values.items()} for s in file.sections} == words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "[default]\n  region = a\n  output = b\n",
            "[default]\n  region = NEW\n  output = b\n  cli_pager = p\n",
        ),
        (
            "[default]\n\t[profile z]\nregion = 1\n",
            "[default]\n\tregion = NEW\n\tcli_pager = p\n\t[profile z]\nregion = 1\n",
        ),
        ("[default]\n  # why\n  [profile z]\n", "[default]\n  region = NEW\n  cli_pager = p\n  # why\n  [profile z]\n"),
    ],
)
def test_an_indented_line_stays_a_line_of_its_own(text: str, expected: str) -> None:
    after = config(text).with_profile("default", {"region": "NEW", "cli_pager": "p"})
    assert after.text == expected
    section = after.section("profile", "default")
    assert section is not None
    assert (section.values["region"], section.values["cli_pager"]) == ("NEW", "p")


@given(TEXTS, st.sampled_from(["default", "a", "a b", "new"]))
@settings(max_examples=300, deadline=None)
def test_a_change_leaves_every_other_line_as_it_is(text: str, name: str) -> None:
    before = config(text)
    after = before.with_profile(name, {"region": "eu-west-1", "output": "json"})
    if before.unparseable:
        return
    assert not after.unparseable
    section = after.section("profile", name)
    assert section is not None
    assert section.values.items() >= {"region": "eu-west-1", "output": "json"}.items()
    own = {
        line
        for line in after.lines
        if line.split("=")[0].strip() in ("region", "output", f"[{header('config', name)}]")
    }
    ended = [
        line if line.endswith("\n") else line + ("\r\n" if "\r\n" in before.lines[0] else "\n") for line in before.lines
    ]
    # What goes on in further lines is replaced whole.
    old = before.section("profile", name)
    replaced = {
        number
        for entry in (old.entries if old else ())
        if entry.key in ("region", "output")
        for number in range(entry.line, entry.last + 1)
    }
    kept = [
        line
        for number, line in enumerate(ended, start=1)
        if line.partition("=")[0].strip() != "region" and number not in replaced
    ]
    left = [line for line in after.lines if line not in own or line in kept]
    assert [line for line in left if line in kept] == kept
    again = after.with_profile(name, {"region": "eu-west-1", "output": "json"})
    assert again.text == after.text


def test_bytes_that_are_no_utf8_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_bytes(b"# caf\xe9\n[default]\nregion = x\n")
    changed = read(path, "config").with_profile("default", {"region": "eu-west-1"})
    assert changed.text.encode("utf-8", "surrogateescape") == b"# caf\xe9\n[default]\nregion = eu-west-1\n"


@pytest.mark.integration
@pytest.mark.parametrize(
    "text",
    [
        "",
        "[default]\nregion = a\n",
        "[profile github]\n# why\nregion = a\nx = 1\n\n[profile z]\nregion = b\n",
        "[profile z]\nregion = b",
        "[profile github]\nx = 1\n",
    ],
)
def test_it_writes_what_aws_configure_writes(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config"
    path.write_text(text)
    ours = read(path, "config").with_profile("github", {"region": "eu-west-1"}).text
    aws(tmp_path, "configure", "set", "region", "eu-west-1", "--profile", "github")
    assert ours == path.read_text()


@pytest.mark.integration
@pytest.mark.parametrize("name", ["default", "github", "my dev"])
def test_the_aws_cli_reads_what_we_wrote(tmp_path: Path, name: str) -> None:
    path = tmp_path / "config"
    path.write_text(config(SHAPES).with_profile(name, {"region": "eu-west-3"}).text)
    assert aws(tmp_path, "configure", "get", "region", "--profile", name) == "eu-west-3\n"


def test_where_the_files_are(clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert files_of(None) == Files(clean / ".aws/config", clean / ".aws/credentials")
    monkeypatch.setenv("AWS_CONFIG_FILE", "~/mine")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "$HOME/keys")
    assert files_of(None) == Files(clean / "mine", clean / "keys")


def test_a_sandbox_that_was_never_up_has_no_files(environment) -> None:
    with pytest.raises(UsageError) as told:
        files_of(environment(name="sandbox"))
    assert told.value.do == ("inv sandbox.up",)
