from __future__ import annotations

import pytest

from longshore.secrets.check.dockerignore import left_out, patterns

MOBY = [
    ('app.env', True, False),
    ('/app.env', True, False),
    ('**/app.env', True, True),
    ('*.env', True, False),
    ('**/*.env', True, True),
    ('*', True, True),
    ('**', True, True),
    ('sub', False, True),
    ('sub/', False, True),
    ('sub/*', False, True),
    ('./app.env', True, False),
    ('app.env/', True, False),
    ('  app.env  ', True, False),
    ('#app.env', False, False),
    ('# note\napp.env', True, False),
    ('*\n!app.env', False, True),
    ('*\n!*.env\napp.env', True, True),
    ('!app.env\napp.env', True, False),
    ('app.env\n!app.env', False, False),
    ('app.en?', True, False),
    ('app.en[a-z]', True, False),
    ('app.en[!v]', True, False),
    ('app.en[^v]', False, False),
    ('app\\.env', True, False),
    ('**/sub', False, True),
    ('su?/**', False, True),
    ('**/**/app.env', True, True),
    ('../app.env', False, False),
    ('\ufeffapp.env', True, False),
    ('APP.ENV', False, False),
    ('app.env\r\n!x\r\n', True, False),
    ('app.env # comment', False, False),
    ('sub/../app.env', True, False),
    ('*/app.env', False, True),
    ('**app.env', True, True),
    ('app.e*', True, False),
    ('[', None, None),
    ('!', None, None),
    ('a\\', None, None),
    ('**/.env', False, False),
    ('sub\n!sub/app.env', False, False),
]  # fmt: skip
"""What github.com/moby/patternmatcher v0.6.0 answers for app.env and for sub/app.env; None: it refuses the file."""


@pytest.mark.parametrize(("text", "root", "below"), MOBY)
def test_as_docker_does(text: str, root: bool | None, below: bool | None) -> None:
    for path, expected in (("app.env", root), ("sub/app.env", below)):
        if expected is None:
            with pytest.raises(ValueError):
                left_out(path, patterns(text))
        else:
            assert left_out(path, patterns(text)) is expected
