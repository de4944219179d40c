"""Chromium pages that run the call code of our pages, and nothing else of them."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext, Page, async_playwright

from install.node import run_node
from tests.builders import ROOT

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    *(f"--use-fake-{what}-for-media-stream" for what in ("device", "ui")),
]
CALLER = """<!doctype html><title>caller</title><video autoplay muted></video>
<script type="module">
import { CallLeg } from "/call.js";
const video = document.querySelector("video");
globalThis.pictures = 0;
globalThis.states = [];
globalThis.offers = 0;
const count = () => { pictures++; video.requestVideoFrameCallback(count); };
video.requestVideoFrameCallback(count);
globalThis.begin = async (name, other) => {
  const both = { audio: true, video: true };
  const devices = await navigator.mediaDevices.getUserMedia(both);
  globalThis.leg = new CallLeg(name, {
    offer: async (sdp, attempt) => {
      offers++;
      await leg.answered(await answerTo(sdp), attempt);
    },
    stream: (from, stream) => { if (from === other) video.srcObject = stream; },
    state: (connected) => states.push(connected),
    servers: () => [],
    trouble: () => undefined,
  });
  await leg.use(devices);
  await leg.connect();
};
</script>"""


def bundled(folder: Path) -> str:
    """Return what our pages run for a call, as one module."""
    out = folder / "call.js"
    tool = str(ROOT / "node_modules/rolldown/bin/cli.mjs")
    words = (str(ROOT / "web/call.ts"), "-f", "esm", "-o", str(out))
    done = run_node(tool, *words, text="")
    assert done.returncode == 0, done.stderr
    return out.read_text("utf-8")


@contextlib.asynccontextmanager
async def a_browser(
    *flags: str,
) -> AsyncIterator[Callable[[], Awaitable[BrowserContext]]]:
    """Run Chromium with a drawn camera; yield what opens a person's own context."""
    async with async_playwright() as tools:
        browser = await tools.chromium.launch(
            executable_path=CHROMIUM, args=[*FLAGS, *flags]
        )
        yield browser.new_context
        await browser.close()


async def a_caller(
    context: BrowserContext,
    code: str,
    answer: Callable[[str], Awaitable[str]],
    html: str = CALLER,
) -> Page:
    """Open a page whose offers go to ``answer``; it has no network at all."""
    page = await context.new_page()
    files = {"/": ("text/html", html), "/call.js": ("text/javascript", code)}

    async def serve(route: Any) -> None:
        kind, body = files["/" + route.request.url.rpartition("/")[2]]
        await route.fulfill(content_type=kind, body=body)

    await page.route("https://page.test/**", serve)
    await page.expose_function("answerTo", answer)
    await page.goto("https://page.test/")
    return page
