"""A report as a browser reads it."""

import base64
import io
from html.parser import HTMLParser
from pathlib import Path

from PIL import Image

from lightwell.render.report import write_report

KINDS = {
    "a": ("#",),
    "img": ("data:image/webp;base64,",),
    "audio": ("data:audio/mpeg;base64,", "data:audio/wav;base64,"),
}


class Page(HTMLParser):
    """A page's elements with their attributes, and its text."""

    def __init__(self, run_folder: Path):
        super().__init__()
        self.html = write_report(run_folder).read_text(encoding="utf-8")
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(self.html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))

    def handle_data(self, data: str) -> None:
        self.text += data.replace("\u00a0", " ")

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.elements)

    def pictures(self) -> list[Image.Image]:
        sources = [attributes["src"] or "" for tag, attributes in self.elements if tag == "img"]
        assert sources
        return [Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))).convert("RGB") for uri in sources]

    def sections(self) -> list[str | None]:
        return [attributes.get("id") for tag, attributes in self.elements if tag == "section"]


def assert_inert(page: Page) -> None:
    """Nothing is fetched, and no script but the page's own can run."""
    for tag, attributes in page.elements:
        assert tag not in {"iframe", "object", "embed", "link", "base", "form", "foreignobject"}
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            if name in {"src", "href", "srcset", "action", "xlink:href"}:
                assert (value or "").startswith(KINDS[tag]), (tag, name, value)
    assert page.count("script") == 1
    assert "url(" not in page.html
    assert "@import" not in page.html
