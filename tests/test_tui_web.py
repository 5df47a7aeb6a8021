"""The terminal UI in a real browser: the same text, the same keys, on this machine only and only at the printed address."""

import http.client
import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from tests.chromium import chromium_page, needs_chromium
from tests.postgres_server import free_port
from tests.pty_program import WITHIN_S, bursar_command
from tests.support import AS_OF

SAMPLE = Path("planner/samples/marketplace-catalogue.yaml")
KEEP_TERMINAL = """Object.defineProperty(Object.prototype, 'webglAddon', {
    configurable: true,
    set(addon) {
        window.shownTerminal = this.terminal;
        Object.defineProperty(this, 'webglAddon', {value: addon, writable: true});
    },
});"""
"""textual-serve keeps its xterm.js to itself; what xterm.js shows is in its buffer."""
TEXT = """() => {
    const buffer = window.shownTerminal?.buffer.active;
    const rows = buffer ? [...Array(buffer.length).keys()] : [];
    return rows.map(row => buffer.getLine(row).translateToString(true)).join('\\n');
}"""
_HAS = f"words => {{ const text = ({TEXT})(); return words.every(word => text.includes(word)); }}"


class Served:
    """A running `bursar --web`."""

    def __init__(self, folder: Path) -> None:
        self.scenario = folder / "launch.yaml"
        self.scenario.write_bytes(SAMPLE.read_bytes())
        self.port = free_port()
        arguments = (self.scenario, "--web", "--port", self.port, "--as-of", AS_OF)
        self.process = subprocess.Popen(
            bursar_command(*arguments),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "XDG_CONFIG_HOME": str(folder / "config")},
        )
        assert self.process.stderr is not None
        line = self.process.stderr.readline()
        found = re.fullmatch(r"Bursar in your browser: (http://127\.0\.0\.1:\d+/\?token=\S+)\n", line)
        assert found is not None, line
        self.address = found[1]

    def children(self) -> list[int]:
        """The processes of the browser's tabs."""
        name = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        return [int(pid) for pid in Path(name).read_text().split()]

    def status(self, path: str, **headers: str) -> int:
        """How a request is answered that comes from no browser of ours."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WITHIN_S)
        try:
            connection.request("GET", path, headers=headers)
            return connection.getresponse().status
        finally:
            connection.close()

    def ended(self) -> int:
        """The exit code after ctrl+c; nothing went to stdout."""
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=WITHIN_S)
        assert out == ""
        assert "Traceback" not in err
        return self.process.returncode


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    server = Served(tmp_path)
    try:
        yield server
    finally:
        server.process.kill()
        server.process.communicate()


def until(page: Page, *words: str) -> str:
    """Waits until the browser's terminal shows all of the words."""
    page.wait_for_function(_HAS, arg=list(words), timeout=WITHIN_S * 1000)
    return str(page.evaluate(TEXT))


def until_so(so: Callable[[], object], what: str) -> None:
    limit = monotonic() + WITHIN_S
    while not so():
        assert monotonic() < limit, f"not so within {WITHIN_S} s: {what}"
        sleep(0.02)


def running(pid: int) -> bool:
    """Whether there is such a process that is not just waiting to be forgotten."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except FileNotFoundError:
        return False


@needs_chromium
def test_a_browser_shows_the_plan_and_its_keys_turn_knobs(served: Served) -> None:
    """A key press is a turned knob; nothing comes from anywhere but this machine; closing the page ends its process."""
    with chromium_page(width=1400, height=900) as page:
        asked: list[str] = []
        errors: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("websocket", lambda websocket: asked.append(websocket.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.add_init_script(KEEP_TERMINAL)
        page.goto(served.address)
        shown = until(page, "launch.yaml", "assets a month", "3,000", "palette")
        assert "credits left at month end" in shown
        page.locator(".xterm-helper-textarea").focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowRight")
        until(page, "3,100 (was 3,000)", "1 change to the file")
        page.keyboard.press("2")
        until(page, "2 COMPARE")
        assert page.title() == "Bursar"
        assert "token" not in page.url
        assert errors == []
        assert {urlsplit(url).hostname for url in asked if not url.startswith("data:")} == {"127.0.0.1"}
        assert [url for url in asked if url.startswith("ws:")] != []
        assert len(served.children()) == 1
    until_so(lambda: not served.children(), "the tab's process has ended")
    assert served.scenario.read_bytes() == SAMPLE.read_bytes()
    assert served.ended() == 0


@needs_chromium
def test_leaving_in_the_browser_says_that_it_has_ended(served: Served) -> None:
    with chromium_page(width=1400, height=900) as page:
        page.add_init_script(KEEP_TERMINAL)
        page.goto(served.address)
        until(page, "assets a month", "palette")
        page.locator(".xterm-helper-textarea").focus()
        page.keyboard.press("q")
        page.get_by_text("Bursar has ended.").wait_for(timeout=WITHIN_S * 1000)
        until_so(lambda: not served.children(), "the tab's process has ended")
    assert served.ended() == 0


@needs_chromium
def test_ctrl_c_ends_the_server_and_every_tab(served: Served) -> None:
    with chromium_page(width=1400, height=900) as page:
        page.add_init_script(KEEP_TERMINAL)
        page.goto(served.address)
        until(page, "assets a month", "palette")
        tabs = served.children()
        assert len(tabs) == 1
        assert served.ended() == 0
        until_so(lambda: not any(map(running, tabs)), "the tab's process has ended")
        page.get_by_text("Bursar has ended.").wait_for(timeout=WITHIN_S * 1000)


def test_only_this_machine_is_listened_on(served: Served) -> None:
    """The port is open at 127.0.0.1 and at no other address."""
    listening = []
    for name in ("tcp", "tcp6"):
        path = Path("/proc/net") / name
        lines = path.read_text().splitlines()[1:] if path.exists() else []
        fields = [line.split() for line in lines]
        listening += [
            local
            for _, local, _, state, *_ in fields
            if state == "0A" and local.endswith(f":{served.port:04X}")
        ]
    assert listening == [f"0100007F:{served.port:04X}"]


def test_without_the_printed_address_nothing_is_served(served: Served) -> None:
    """Another page of the same browser has neither the token nor the cookie; a name that leads here is no way in either."""
    assert served.status("/") == 403
    assert served.status("/?token=guessed") == 403
    assert served.status("/ws") == 403
    assert served.status("/static/js/textual.js") == 403
    path = served.address.partition(str(served.port))[2]
    assert served.status(path) == 303
    assert served.status(path, Host="evil.example") == 403
    assert served.ended() == 0


def test_a_port_in_use_is_one_clear_line(served: Served) -> None:
    ran = subprocess.run(
        bursar_command(served.scenario, "--web", "--port", served.port),
        check=False,
        capture_output=True,
        text=True,
    )
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == (
        f"bursar: port {served.port} cannot be had: Address already in use; choose another with --port\n"
    )
