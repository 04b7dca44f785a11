"""The report in a real browser: browser_test.py ASSAY RECORDS [PICTURE]

Charts are drawn, nothing is written to the console, sorting and filtering work. Without Chromium the
test is skipped (exit code 77). PICTURE: where to leave a screenshot.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

assay, records = sys.argv[1:3]
browser = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None)
if browser is None:
    print("skipped: no Chromium")
    sys.exit(77)

probe = """<script>
addEventListener("load", async () => {
  for (let i = 0; i < 200 && !document.body.dataset.charts; ++i) await new Promise(r => setTimeout(r, 50));
  const result = { loaded: performance.now(), charts: document.querySelectorAll(".charts svg").length,
                   wanted: Number(document.body.dataset.charts),
                   marks: document.querySelectorAll(".charts svg path").length,
                   wide: document.documentElement.scrollWidth - innerWidth };
  const shown = () => [...document.querySelectorAll("#table tbody tr")].filter(r => !r.hidden);
  const filter = document.querySelector("#cases input");
  result.all = shown().length;
  filter.value = "matmul -opencl"; filter.dispatchEvent(new Event("input"));
  result.filtered = shown().map(r => r.cells[1].textContent);
  filter.value = ""; filter.dispatchEvent(new Event("input"));
  const head = document.querySelectorAll("#table th")[4];
  const times = () => shown().map(r => r.querySelector("td[data-v]")).filter(Boolean).map(c => Number(c.dataset.v));
  head.click(); result.up = times(); head.click(); result.down = times();
  document.body.dataset.probe = JSON.stringify(result);
});
</script></body>"""

with tempfile.TemporaryDirectory() as folder:
    page = os.path.join(folder, "report.html")
    subprocess.run([assay, "report", records, "-o", page], check=True)
    with open(page, encoding="utf-8") as file:
        text = file.read()
    probed = os.path.join(folder, "probed.html")
    with open(probed, "w", encoding="utf-8") as file:
        file.write(text.replace("</body>", probe))
    common = [browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--user-data-dir=" + folder + "/profile",
              "--enable-logging=stderr", "--v=0", "--virtual-time-budget=20000"]
    ran = subprocess.run(common + ["--dump-dom", "file://" + probed], capture_output=True, text=True, timeout=240)
    found = re.search(r'data-probe="([^"]*)"', ran.stdout)
    assert found, "the page's scripts didn't finish:\n" + ran.stderr[-2000:]
    result = json.loads(found.group(1).replace("&quot;", '"'))
    console = [line for line in ran.stderr.splitlines() if "CONSOLE" in line]
    assert not console, console
    print({k: v for k, v in result.items() if k not in ("up", "down", "filtered")})
    assert result["charts"] == result["wanted"] > 0, result
    assert result["marks"] > 4 * result["charts"], result
    assert 0 < len(result["filtered"]) < result["all"] and "opencl" not in result["filtered"], result
    assert result["up"] == sorted(result["up"]) and result["down"] == sorted(result["up"], reverse=True), result
    assert result["wide"] <= 0, "the page is wider than the window"
    if len(sys.argv) > 3:
        subprocess.run(common[:-1] + ["--window-size=1280,1800", "--hide-scrollbars", "--virtual-time-budget=8000",
                                      "--screenshot=" + sys.argv[3], "file://" + page], capture_output=True, timeout=240)
