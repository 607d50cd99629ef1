"""axe-core, a program that is not ours, finds nothing serious on the page (`make clients`)."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from .test_browser import BROWSER, opened

pytestmark = pytest.mark.skipif(not BROWSER, reason="no chromium to open the page with")

_ASK = """
<script>%s</script>
<script>
for (const closed of document.querySelectorAll("details")) closed.open = true;
setTimeout(() => axe.run().then((result) => {
  const found = result.violations.map((rule) => [rule.impact, rule.id, rule.nodes[0].html]);
  const all = {found, passed: result.passes.map((rule) => rule.id)};
  document.body.append(Object.assign(make("pre", JSON.stringify(all)), {id: "said"}));
}), 100);
</script>"""


@pytest.fixture(scope="module")
def axe() -> str:
    """The source of axe-core."""
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    asked = ["node", "-p", "require.resolve('axe-core/axe.min.js')"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode:
        pytest.skip("npm's axe-core is not found: run these tests with `make clients`")
    return Path(done.stdout.strip()).read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_serious_is_found(page, axe, tmp_path, width):
    tried = tmp_path / "tried.html"
    tried.write_text(page.replace("</body>", f"{_ASK % axe}</body>"), encoding="utf-8")
    document, _ = opened(tried, "", width, "--virtual-time-budget=30000")
    (text,) = re.findall(r'<pre id="said">(.*?)</pre>', document, flags=re.DOTALL)
    said = json.loads(html.unescape(text))
    assert not [rule for rule in said["found"] if rule[0] in ("serious", "critical")]
    checked = {"color-contrast", "html-has-lang", "image-alt", "label", "scope-attr-valid"}
    assert checked <= set(said["passed"])
