"""A headless Chromium by WebDriver, with nothing but Python's own library.

    with Browser() as b:
        b.get("http://127.0.0.1:8080/"); b.type("#login", "jana"); b.click("button")
        b.shot("page.png", width=390)

Each Browser is a chromedriver and a Chromium with a fresh profile in a folder of its own; both end with it.
"""
import base64
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync",
             "--disable-dev-shm-usage", "--hide-scrollbars", "--force-color-profile=srgb"]


class Browser:
    def __init__(self, language="en", arguments=()):
        self.folder = tempfile.mkdtemp(prefix="kartoteka-browser.")
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        self.base = "http://127.0.0.1:%d" % port
        self.process = subprocess.Popen(
            ["chromedriver", "--port=%d" % port, "--allowed-ips=127.0.0.1"], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env={**os.environ, "HOME": self.folder, "LANGUAGE": language})
        self.session = None
        try:
            self._open(language, arguments)
        except BaseException:
            self.close()
            raise

    def _open(self, language, arguments):
        options = {"args": ARGUMENTS + ["--user-data-dir=" + self.folder + "/profile", "--lang=" + language,
                                        *arguments], "prefs": {"intl.accept_languages": language}}
        for attempt in range(100):
            try:
                answer = self._send("POST", "/session", {"capabilities": {"alwaysMatch": {
                    "browserName": "chrome", "goog:chromeOptions": options,
                    "goog:loggingPrefs": {"browser": "ALL"}}}})
                break
            except (ConnectionError, urllib.error.URLError) as error:
                if isinstance(error, urllib.error.HTTPError) or attempt == 99:
                    raise
                time.sleep(0.1)
        self.session = "/session/" + answer["sessionId"]
        self.call("POST", "/timeouts", implicit=15000, pageLoad=60000)

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.close()

    def close(self):
        if self.session:
            try:
                self._send("DELETE", self.session, None)
            except OSError:
                pass
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _send(self, method, path, body):
        request = urllib.request.Request(self.base + path, method=method,
                                         data=None if body is None else json.dumps(body).encode())
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise OSError(error.read().decode(errors="replace")[:500]) from None

    def call(self, method, path, **body):
        return self._send(method, self.session + path, body if method == "POST" else None)

    def cdp(self, command, **parameters):
        return self.call("POST", "/goog/cdp/execute", cmd=command, params=parameters)

    def get(self, url):
        self.call("POST", "/url", url=url)

    def find(self, selector):
        return list(self.call("POST", "/element", using="css selector", value=selector).values())[0]

    def type(self, selector, text):
        self.call("POST", "/element/%s/value" % self.find(selector), text=text)

    def click(self, selector):
        self.call("POST", "/element/%s/click" % self.find(selector))

    def leave(self, selector):
        """Clicks what leads to another page, and waits until that is there."""
        before = self.run("return performance.timeOrigin")
        self.click(selector)
        for _ in range(150):
            try:
                if self.run("return document.readyState == 'complete' && performance.timeOrigin") not in (False, before):
                    return
            except OSError:
                pass  # between two pages
            time.sleep(0.1)

    def run(self, script, *arguments):
        return self.call("POST", "/execute/sync", script=script, args=list(arguments))

    @property
    def url(self):
        return self.call("GET", "/url")

    @property
    def source(self):
        return self.call("GET", "/source")

    def cookies(self):
        return self.call("GET", "/cookie")

    def log(self):
        """What the console heard since the last call: errors, refusals of the policy."""
        return self.call("POST", "/se/log", type="browser")

    def view(self, width, height=844, dark=False):
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                 mobile=width < 600)
        self.cdp("Emulation.setEmulatedMedia",
                 features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
                           {"name": "prefers-reduced-motion", "value": "reduce"}])

    def shot(self, path, whole=True):
        metrics = self.cdp("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": metrics["width"], "height": min(metrics["height"], 4000), "scale": 1}
        picture = self.cdp("Page.captureScreenshot", format="png", captureBeyondViewport=whole,
                           **({"clip": clip} if whole else {}))
        with open(path, "wb") as file:
            file.write(base64.b64decode(picture["data"]))
