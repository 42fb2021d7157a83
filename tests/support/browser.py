"""A headless Chromium for the tests of the report page, and axe-core, which judges accessibility.

`make browser` installs both into ``browser`` in the virtual environment. ``FINDROBOTS_BROWSER``
names another such directory; a Chromium on the PATH serves as well.
"""

import os
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome-headless-shell")
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--use-gl=angle", "--use-angle=swiftshader"]


def directory():
    return Path(os.environ.get("FINDROBOTS_BROWSER") or Path(sys.prefix) / "browser")


def find_chromium():
    """Return the path of a Chromium, and the environment that it needs, or skip the test."""
    own = directory() / "chromium"
    if own.is_file():
        fonts = str(directory() / "fonts.conf")
        return own, {"LD_LIBRARY_PATH": str(directory() / "lib"), "FONTCONFIG_FILE": fonts}
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        pytest.skip("no Chromium: run `make browser`, or install Debian's package chromium")
    return found, {}


def axe_script():
    """Return the script of axe-core, or skip the test."""
    path = directory() / "node_modules/axe-core/axe.min.js"
    if not path.is_file():
        pytest.skip("no axe-core: run `make browser`")
    return path.read_text()


@contextmanager
def chromium():
    """Run a Chromium that Playwright drives."""
    playwright = pytest.importorskip("playwright.sync_api", reason="no Playwright")
    path, environment = find_chromium()
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=path, args=ARGUMENTS, env={**os.environ, **environment}
        )
        try:
            yield browser
        finally:
            browser.close()
