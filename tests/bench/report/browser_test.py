"""The report in a real browser: browser_test.py ASSAY RECORDS [PICTURE]

Charts are drawn, nothing is written to the console, sorting and filtering work, on a screen and on a
phone, in light and dark; no pane of the picture is blank; the page opens within 2 s; it can be read
without scripts. Without Chromium the test is skipped (exit code 77). PICTURE: where to leave a screenshot.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zlib

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
                   wide: document.documentElement.scrollWidth - innerWidth,
                   paper: getComputedStyle(document.body).backgroundColor,
                   panes: [...document.querySelectorAll(".charts > div")].map(d => d.getBoundingClientRect())
                     .map(b => [b.left, b.top, b.right, b.bottom].map(Math.round)) };
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



def pixels(path):
    """Rows of an 8-bit PNG without interlacing, as Chromium writes it, and bytes a pixel."""
    with open(path, "rb") as file:
        data = file.read()
    assert data[:8] == b"\x89PNG\r\n\x1a\n", path
    at, packed = 8, b""
    while at < len(data):
        size, kind = int.from_bytes(data[at:at + 4], "big"), data[at + 4:at + 8]
        body = data[at + 8:at + 8 + size]
        if kind == b"IHDR":
            width, height, depth, colour, interlaced = (int.from_bytes(body[:4], "big"), int.from_bytes(body[4:8], "big"),
                                                        body[8], body[9], body[12])
            assert depth == 8 and colour in (2, 6) and interlaced == 0, body
        packed += body if kind == b"IDAT" else b""
        at += 12 + size
    raw, step, rows = zlib.decompress(packed), 3 if colour == 2 else 4, []
    before = bytearray(width * step)
    for y in range(height):
        begin = y * (width * step + 1)
        how, row = raw[begin], bytearray(raw[begin + 1:begin + 1 + width * step])
        for i in range(len(row)):
            left, up, corner = row[i - step] if i >= step else 0, before[i], before[i - step] if i >= step else 0
            if how == 4:
                guess = min((abs(up - corner), 0, left), (abs(left - corner), 1, up),
                            (abs(left + up - 2 * corner), 2, corner))[2]
            else:
                guess = (0, left, up, (left + up) // 2)[how]
            row[i] = (row[i] + guess) & 255
        rows.append(row)
        before = row
    return rows, step


def colours(rows, step, box):
    left, top, right, bottom = box
    return {bytes(row[x * step:x * step + 3]) for row in rows[top:bottom] for x in range(left, right)}


with tempfile.TemporaryDirectory() as folder:
    page = os.path.join(folder, "report.html")
    subprocess.run([assay, "report", records, "-o", page], check=True)
    with open(page, encoding="utf-8") as file:
        text = file.read()
    probed = os.path.join(folder, "probed.html")
    with open(probed, "w", encoding="utf-8") as file:
        file.write(text.replace("</body>", probe))
    common = [browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--user-data-dir=" + folder + "/profile",
              "--enable-logging=stderr", "--v=0", "--hide-scrollbars"]

    def probed_page(*flags):
        ran = subprocess.run(common + [*flags, "--virtual-time-budget=20000", "--dump-dom", "file://" + probed],
                             capture_output=True, text=True, timeout=240)
        found = re.search(r'data-probe="([^"]*)"', ran.stdout)
        assert found, "the page's scripts didn't finish:\n" + ran.stderr[-2000:]
        console = [line for line in ran.stderr.splitlines() if "CONSOLE" in line]
        assert not console, console
        result = json.loads(found.group(1).replace("&quot;", '"'))
        assert result["charts"] == result["wanted"] > 0, result
        assert result["marks"] > 4 * result["charts"], result
        assert result["wide"] <= 0, "the page is wider than the window"
        return result

    result = probed_page("--window-size=1280,1800")
    print({k: v for k, v in result.items() if k not in ("up", "down", "filtered", "panes")})
    assert 0 < len(result["filtered"]) < result["all"] and "opencl" not in result["filtered"], result
    assert result["up"] == sorted(result["up"]) and result["down"] == sorted(result["up"], reverse=True), result
    # Less what the browser itself takes to start.
    begin = time.monotonic()
    subprocess.run(common + ["--dump-dom", "about:blank"], capture_output=True, timeout=240)
    blank_s = time.monotonic() - begin
    begin = time.monotonic()
    subprocess.run(common + ["--dump-dom", "file://" + page], capture_output=True, timeout=240)
    opened_s = time.monotonic() - begin - blank_s
    assert opened_s <= 2, f"opens in {opened_s:.1f} s"
    probed_page("--window-size=500,900")
    dark = probed_page("--window-size=1280,1800", "--blink-settings=preferredColorScheme=0")
    assert dark["paper"] != result["paper"], "dark mode has the colours of light"
    # Without scripts the tables stay.
    plain = re.sub(r"<script.*?</script>", "", text, flags=re.S)
    assert plain.count("<tr class=") == result["all"] and "<noscript>" in plain
    picture = sys.argv[3] if len(sys.argv) > 3 else os.path.join(folder, "report.png")
    subprocess.run(common + ["--window-size=1280,1800", "--virtual-time-budget=8000", "--screenshot=" + picture,
                             "file://" + page], capture_output=True, timeout=240)
    rows, step = pixels(picture)
    seen = [box for box in result["panes"] if box[3] <= len(rows)]
    for box in seen:
        assert len(colours(rows, step, box)) > 8, f"a blank pane at {box}"
