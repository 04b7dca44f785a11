"""A page in headless Chromium, by the DevTools protocol over pipes: standard library only."""
import base64
import json
import os
import select
import shutil
import subprocess
import time


def find():
    """Chromium's path, or None."""
    return next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None)


class Browser:
    def __init__(self, executable, profile):
        to_browser, self.ask_fd = os.pipe()
        self.answer_fd, from_browser = os.pipe()
        command = [executable, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                   "--no-first-run", "--disable-extensions", "--user-data-dir=" + profile,
                   "--remote-debugging-pipe", "about:blank"]
        # Chromium reads from descriptor 3 and writes to 4.
        self.process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{to_browser} 4>&{from_browser}', "bash", *command],
            pass_fds=(to_browser, from_browser), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.left, self.number, self.session, self.events = b"", 0, None, []

    def close(self):
        self.process.kill()
        self.process.wait()

    def _receive(self, deadline):
        while b"\0" not in self.left:
            ready, _, _ = select.select([self.answer_fd], [], [], max(0, deadline - time.monotonic()))
            chunk = os.read(self.answer_fd, 1 << 20) if ready else b""
            if not chunk:
                raise TimeoutError("Chromium gave no answer")
            self.left += chunk
        line, self.left = self.left.split(b"\0", 1)
        return json.loads(line)

    def ask(self, method, timeout=60, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.ask_fd, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + timeout
        while True:
            answer = self._receive(deadline)
            if answer.get("id") == self.number:
                assert "error" not in answer, (method, answer["error"])
                return answer["result"]
            self.events.append(answer)

    def start(self):
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ["Page", "Runtime", "Log", "Network"]:
            self.ask(domain + ".enable")
        return self

    def size(self, width, height, phone=False):
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone)

    def media(self, kind="screen", dark=False):
        self.ask("Emulation.setEmulatedMedia", media=kind,
                 features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def load(self, path):
        """Loads a file and waits until all of it is there."""
        self.events.clear()
        self.ask("Page.navigate", url="file://" + path)
        deadline = time.monotonic() + 60
        while not any(e.get("method") == "Page.loadEventFired" for e in self.events):
            self.events.append(self._receive(deadline))

    def open(self, path, ready):
        """Loads a file and waits for the expression `ready` to be true."""
        self.load(path)
        self.wait(f"document.readyState === 'complete' && {ready} && location.protocol === 'file:'")

    def wait(self, condition):
        """Until a JavaScript expression is true."""
        deadline = time.monotonic() + 60
        while not self.run(f"Boolean({condition})"):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{condition} isn't true: {self.complaints()}")
            time.sleep(0.02)

    def run(self, script):
        """The value of a JavaScript expression, which may be a promise."""
        result = self.ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in result, (script, result["exceptionDetails"])
        return result["result"].get("value")

    def complaints(self):
        """What the page wrote to the console, threw, or was refused."""
        names = ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded", "Page.javascriptDialogOpening")
        return [e["params"] for e in self.events if e.get("method") in names]

    def requests(self):
        return [e["params"]["request"]["url"] for e in self.events if e.get("method") == "Network.requestWillBeSent"]

    def picture(self, path, selector=None, index=0, scale=1):
        """Of the whole page, or of one element, which is brought into the window first."""
        if selector:
            element = f"document.querySelectorAll({json.dumps(selector)})[{index}]"
            clip = self.run(f"""(e => {{ document.documentElement.style.scrollBehavior = "auto"; e.scrollIntoView();
                const b = e.getBoundingClientRect();
                return {{ x: b.left + scrollX, y: b.top + scrollY, width: b.width, height: b.height }}; }})({element})""")
        else:
            box = self.ask("Page.getLayoutMetrics")["cssContentSize"]
            clip = {"x": 0, "y": 0, "width": box["width"], "height": min(box["height"], 16000)}
        result = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=not selector,
                          optimizeForSpeed=True, clip={**clip, "scale": scale})
        with open(path, "wb") as file:
            file.write(base64.b64decode(result["data"]))

    def pdf(self):
        return base64.b64decode(self.ask("Page.printToPDF", printBackground=True, preferCSSPageSize=True)["data"])
