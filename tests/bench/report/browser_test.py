"""The report in a real browser: browser_test.py pages|time ASSAY RECORDS MEASURED [FOLDER]

RECORDS: a small result file; MEASURED: a folder of real ones, from which every kind of chart is drawn;
FOLDER: where to leave pages and pictures. `time` holds how long a page takes to open and wants the machine for
itself, `pages` is all the rest. Charts are drawn and no pane is blank, nothing is written to the
console or asked of a network, sorting, filtering and downloads work, in light and dark, on paper and on a
phone; the contents of records stay text; 500 cases are at most 3 MB and open within 2 s; without scripts
the tables can be read. Without Chromium the test is skipped (exit code 77).
"""
import copy
import json
import math
import os
import subprocess
import sys
import tempfile
import zlib

import browser

EVIL = "</script><script>window.pwned=1</script><img src=x onerror=\"window.pwned=2\">{{x}}:\"'&"
DRAWN = "document.body && document.body.dataset.charts"


def pixels(path):
    """Each pixel of an 8-bit PNG without interlacing, as Chromium writes it; decoded as far as they are asked for."""
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
    raw, step = zlib.decompress(packed), 3 if colour == 2 else 4
    before = bytearray(width * step)
    for y in range(height):
        begin = y * (width * step + 1)
        how, row = raw[begin], bytearray(raw[begin + 1:begin + 1 + width * step])
        for i in range(len(row) if how else 0):
            left, up, corner = row[i - step] if i >= step else 0, before[i], before[i - step] if i >= step else 0
            if how == 4:
                guess = min((abs(up - corner), 0, left), (abs(left - corner), 1, up),
                            (abs(left + up - 2 * corner), 2, corner))[2]
            else:
                guess = (0, left, up, (left + up) // 2)[how]
            row[i] = (row[i] + guess) & 255
        yield from (bytes(row[x:x + 3]) for x in range(0, len(row), step))
        before = row


def more_colours_than(count, path):
    seen = set()
    return any(seen.add(pixel) or len(seen) > count for pixel in pixels(path))


def written(document, name):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(document, file)
    return path


def keep(tab, name):
    if kept:
        tab.picture(os.path.join(folder, name))


def report(*paths):
    page = os.path.join(folder, os.path.basename(paths[0]) + ".html")
    subprocess.run([assay, "report", *paths, "-o", page], check=True)
    return page


def many_cases(document, count):
    """The document with its first case repeated under other sizes, in all its launches."""
    first = document["benchmarks"][0]["run_name"]
    launches = [json.dumps(e) for e in document["benchmarks"] if e["run_name"] == first and e["run_type"] == "iteration"]
    result = copy.deepcopy(document)
    for m in range(1, count):
        result["benchmarks"] += [json.loads(e.replace("m:512", f"m:{m}").replace('"m": 512', f'"m": {m}')) for e in launches]
    return result


def hostile(document):
    """The document with markup in every text that a driver, a machine or another program could have written."""
    result = copy.deepcopy(document)
    words = ("device_name", "vendor", "implementation", "reason", "detail", "repro", "hardware", "host_name", "driver",
             "name", "platform", "model", "release", "labels", "variant")

    def walk(value, inside):
        for key in list(value):
            if isinstance(value[key], dict):
                walk(value[key], True)
            elif isinstance(value[key], list) and key == "devices":
                for each in value[key]:
                    walk(each, True)
            elif key in words and (inside or key == "host_name"):
                value[key] = [EVIL] if key == "labels" else (value[key] and EVIL)

    walk(result["context"], False)
    for entry in result["benchmarks"]:
        if "assay" in entry:
            case = entry["assay"]["case"]
            walk(entry["assay"], True)
            entry["assay"]["case"] = case
    return result


def clean(tab, page):
    """The page's scripts ran, and nobody was asked or told anything."""
    assert not tab.complaints(), tab.complaints()
    elsewhere = [url for url in tab.requests() if not url.startswith(("file://" + page, "data:", "blob:"))]
    assert not elsewhere, elsewhere
    assert tab.run("document.documentElement.scrollWidth - innerWidth") <= 0, "the page is wider than the window"


def charts_are_drawn(tab, name):
    panes = tab.run("""[...document.querySelectorAll(".charts > div")].map(d => ({
        marks: d.querySelectorAll("svg path").length, title: d.textContent.slice(0, 40) }))""")
    assert len(panes) == int(tab.run("document.body.dataset.charts")) > 0, len(panes)
    for i, pane in enumerate(panes):
        assert pane["marks"] > 4, pane
        picture = os.path.join(folder, f"{name}-{i}.png")
        tab.picture(picture, ".charts > div", i, scale=0.5)
        assert more_colours_than(8, picture), f"a blank pane: {pane['title']}"
    return len(panes)


def numbers_are_what_they_say(tab):
    # One bar for a product and a backend, however many files hold it: bars on top of each other would add up.
    bars, products = tab.run("""(rows => [
        document.querySelectorAll("#chart-decode path[aria-roledescription='bar']").length,
        new Set(rows.filter(r => r.ns !== undefined && r.kernel === "matmul" && r.m === 1 && r.cache !== "hot")
          .map(r => [r.chip, r.dtype, r.weights, r.n, r.k, r.backend, r.variant].join())).size])
        (JSON.parse(document.getElementById("data").textContent).rows)""")
    assert bars == products, f"{bars} bars for {products} products"
    # No reader takes 7.788e+05 for a number.
    words = tab.run("document.querySelector('main').innerText")
    odd = [w for w in words.split() if "e+" in w and w.split("e+")[0].replace(".", "").isdigit()]
    assert not odd, odd


def numbers(tab, column):
    return tab.run(f"""[...document.querySelectorAll("#table tbody tr")].filter(r => !r.hidden)
        .map(r => r.querySelector("td:nth-child({column + 1})")).filter(c => c && c.dataset.v).map(c => Number(c.dataset.v))""")


def table_works(tab):
    shown = lambda: tab.run("""[...document.querySelectorAll("#table tbody tr")].filter(r => !r.hidden)
        .map(r => r.textContent.toLowerCase())""")
    everything = shown()
    tab.run("""(f => { f.value = "matmul -opencl"; f.dispatchEvent(new Event("input")); })(document.querySelector("#cases input"))""")
    some = shown()
    assert 0 < len(some) < len(everything) and all("matmul" in t and "opencl" not in t for t in some), some
    assert tab.run("document.querySelector('#cases .tools .quiet').textContent") == f"{len(some)} of {len(everything)}"
    tab.run("""(f => { f.value = ""; f.dispatchEvent(new Event("input")); })(document.querySelector("#cases input"))""")
    statuses = tab.run("[...document.querySelectorAll('#cases option')].map(o => o.textContent)")
    for status in statuses[1:]:
        tab.run(f"""(s => {{ s.value = "{status}"; s.dispatchEvent(new Event("change")); }})(document.querySelector("#cases select"))""")
        assert tab.run(f"[...document.querySelectorAll('#table tbody tr')].every(r => r.hidden === (r.className !== '{status}'))")
    tab.run("""(s => { s.selectedIndex = 0; s.dispatchEvent(new Event("change")); })(document.querySelector("#cases select"))""")
    tab.run("document.querySelectorAll('#table th')[4].click()")
    up = numbers(tab, 4)
    assert len(up) > 2 and up == sorted(up), up
    assert tab.run("document.querySelectorAll('#table th')[4].getAttribute('aria-sort')") == "ascending"
    tab.run("""document.querySelectorAll("#table th")[4].dispatchEvent(new KeyboardEvent("keydown", { key: "Enter" }))""")
    assert numbers(tab, 4) == up[::-1]
    tab.run("""URL.createObjectURL = blob => { window.saved = blob.text(); return "#"; }""")
    downloads = {}
    for kind in ("CSV", "JSON"):
        tab.run(f"[...document.querySelectorAll('#cases button')].find(b => b.textContent.includes('{kind}')).click()")
        downloads[kind] = tab.run("window.saved")
    assert len(json.loads(downloads["JSON"])["rows"]) == len(everything)
    assert downloads["CSV"].count("\r\n") >= len(everything) + 1
    return len(everything)


def contrast(a, b):
    """Of two colours as a browser writes them, by WCAG 2."""
    def luminance(text):
        parts = [float(p) / 255 for p in text[text.index("(") + 1:-1].split(",")[:3]]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def look(tab):
    return tab.run("""(c => ({ paper: c(document.body).backgroundColor, panel: c(document.querySelector(".plain")).backgroundColor,
        inks: [document.body, ...document.querySelectorAll(".quiet, .word, .original, nav a, .tally b")].map(e => c(e).color),
        labels: [...document.querySelectorAll(".charts svg text")].map(e => e.getAttribute("fill")).filter(Boolean) }))(getComputedStyle)""")


def readable(seen):
    for ink in set(seen["inks"]):
        assert contrast(ink, seen["paper"]) >= 4.5 and contrast(ink, seen["panel"]) >= 4.5, (ink, seen["paper"])
    for label in set(seen["labels"]):
        ink = "rgb(" + ",".join(str(int(label[i:i + 2], 16)) for i in (1, 3, 5)) + ")"
        assert contrast(ink, seen["panel"]) >= 4.5, (label, seen["panel"])


def test_screen_and_dark(tab, page):
    tab.size(1280, 1800)
    tab.media()
    tab.open(page, DRAWN)
    panes = charts_are_drawn(tab, "light")
    numbers_are_what_they_say(tab)
    cases = table_works(tab)
    clean(tab, page)
    light = look(tab)
    readable(light)
    tab.media(dark=True)
    # Drawn again in the colours of the dark.
    tab.wait(f"document.querySelector('.charts svg text[fill]').getAttribute('fill') !== '{light['labels'][0]}' && {DRAWN}")
    dark = look(tab)
    assert dark["paper"] != light["paper"] and dark["labels"] != light["labels"]
    readable(dark)
    charts_are_drawn(tab, "dark")
    clean(tab, page)
    keep(tab, "dark.png")
    tab.media()
    if kept:
        tab.open(page, DRAWN)
        keep(tab, "screen.png")
    print(f"{panes} charts, {cases} cases, {os.path.getsize(page) / 1e6:.2f} MB")


def test_phone(tab, page):
    tab.size(360, 780, phone=True)
    tab.open(page, DRAWN)
    clean(tab, page)
    wide = tab.run("[...document.querySelectorAll('.charts svg')].filter(s => s.getBoundingClientRect().right > innerWidth).length")
    assert wide == 0, f"{wide} charts are wider than the phone"
    charts_are_drawn(tab, "phone")
    keep(tab, "phone.png")


def test_paper(tab, page):
    # As drawn for a screen, then printed on A4 at 96 pixels an inch.
    tab.size(1280, 1800)
    tab.media()
    tab.open(page, DRAWN)
    tab.size(794, 1123)
    tab.media("print")
    cut = tab.run("""[...document.querySelectorAll(".charts svg")].filter(s =>
        s.getBoundingClientRect().right > s.closest(".charts > div").getBoundingClientRect().right + 1).length""")
    assert cut == 0, f"{cut} charts are cut off on paper"
    hidden = tab.run("['nav', '.tools'].filter(s => getComputedStyle(document.querySelector(s)).display !== 'none')")
    assert not hidden, hidden
    # What is folded on a screen is there on paper.
    folded = "[...document.querySelectorAll('details .body, details table')].filter(e => e.getBoundingClientRect().height === 0).length"
    assert tab.run(folded) == 0, "folded parts are missing on paper"
    over = """[...document.querySelectorAll("table")].filter(t => (t.id === "table") === cases &&
        t.getBoundingClientRect().right > innerWidth + 1).length"""
    assert tab.run(over.replace("cases", "false")) == 0, "tables are cut off at the paper's edge"
    keep(tab, "paper.png")
    tab.size(1123, 794)  # the cases, across
    assert tab.run(over.replace("cases", "true")) == 0, "the cases are cut off at the paper's edge"
    pdf = tab.pdf()
    with open(os.path.join(folder, "paper.pdf"), "wb") as file:
        file.write(pdf)
    pages = pdf.count(b"/Type /Page") - pdf.count(b"/Type /Pages")
    assert pdf.startswith(b"%PDF") and 3 < pages < 60, pages
    tab.media()


def test_hostile(tab, document):
    page = report(written(hostile(document), "hostile.json"))
    tab.size(1280, 1800)
    tab.open(page, DRAWN)
    assert tab.run("window.pwned") is None, "what a record holds was run"
    assert tab.run("document.querySelectorAll('img').length") == 0
    assert tab.run("document.querySelector('#table').textContent.includes('<img src=x onerror=')")
    assert tab.run("document.title.includes('<img') || document.querySelector('.machine').textContent.includes('<img')")
    # Tooltips of charts are made when they are asked for.
    tab.run("""[...document.querySelectorAll(".charts svg path[aria-roledescription='point'], .charts svg .mark-symbol path")]
        .slice(0, 40).forEach(p => p.dispatchEvent(new PointerEvent("pointermove", { bubbles: true, clientX: 9, clientY: 9 })))""")
    assert tab.run("window.pwned") is None and tab.run("document.querySelectorAll('img').length") == 0
    clean(tab, page)


def test_many(tab, document):
    page = report(written(many_cases(document, 500), "many.json"))
    size = os.path.getsize(page)
    assert size <= 3e6, f"{size / 1e6:.2f} MB for 500 cases"
    tab.size(1280, 1800)
    # The machine may be busy: what is done once can be done.
    best = math.inf
    for _ in range(10):
        tab.open(page, DRAWN)
        best = min(best, tab.run("performance.getEntriesByName('charts')[0].startTime"))
        if best <= 2000:
            break
    rows = tab.run("document.querySelectorAll('#table tbody tr').length")
    assert rows >= 500, rows
    assert best <= 2000, f"opens in {best / 1000:.1f} s"
    clean(tab, page)
    print(f"{rows} cases: {size / 1e6:.2f} MB, open in {best / 1000:.2f} s")


def test_without_scripts(tab, page):
    with open(page, encoding="utf-8") as file:
        text = file.read()
    rows = text.count("<tr class=")
    tab.ask("Emulation.setScriptExecutionDisabled", value=True)
    tab.load(page)
    root = tab.ask("DOM.getDocument", depth=0)["root"]["nodeId"]
    found = tab.ask("DOM.querySelectorAll", nodeId=root, selector="#table tbody tr")["nodeIds"]
    assert len(found) == rows > 0, (len(found), rows)
    notes = tab.ask("DOM.querySelectorAll", nodeId=root, selector="noscript p")["nodeIds"]
    assert notes, "nothing says why there are no charts"
    tab.ask("Emulation.setScriptExecutionDisabled", value=False)


what, assay, records, measured = sys.argv[1:5]
assert what in ("pages", "time"), what
executable = browser.find()
if executable is None:
    missing = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../missing.sh")
    sys.exit(subprocess.call([missing, "chromium", "no Chromium (Debian's package chromium)"]))
with tempfile.TemporaryDirectory() as scratch:
    kept = len(sys.argv) > 5
    folder = sys.argv[5] if kept else scratch
    os.makedirs(folder, exist_ok=True)
    with open(records, encoding="utf-8") as file:
        small = json.load(file)
    tab = browser.Browser(executable, os.path.join(scratch, "profile"))
    try:
        tab.start()
        if what == "time":
            test_many(tab, small)
        else:
            small_page = report(records)
            for page in (report(measured), small_page):
                test_screen_and_dark(tab, page)
                test_phone(tab, page)
                test_paper(tab, page)
            test_hostile(tab, small)
            test_without_scripts(tab, small_page)
    finally:
        tab.close()
