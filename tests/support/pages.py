"""Read an HTML page: its elements in order, and the text of each section."""

from html.parser import HTMLParser


class Page(HTMLParser):
    """A page, read.

    Attributes
    ----------
    elements
        Each element that begins, with the names of its attributes.
    links
        The values of all attributes that may load or open something.
    sections
        The text of each section, article and table caption's table, by its id.
    """

    LOADING = frozenset(("src", "href", "action", "data", "poster", "srcset", "style"))

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.elements, self.links, self.content = [], [], {}
        self._open, self._texts = [], {}
        self.feed(page.decode() if isinstance(page, bytes) else page)
        self.sections = {
            name: " ".join(" ".join(text).split()) for name, text in self._texts.items()
        }

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, tuple(name for name, _ in attrs)))
        values = dict(attrs)
        self.links += [(name, value) for name, value in attrs if name in self.LOADING]
        if tag == "meta" and values.get("http-equiv"):
            self.content[values["http-equiv"]] = values["content"]
        if tag in {"section", "article"}:
            self._open.append((tag, values.get("id") or values["aria-labelledby"]))
        if tag in {"script", "style"}:
            self._open.append((tag, tag))

    def handle_endtag(self, tag):
        if self._open and self._open[-1][0] == tag:
            self._open.pop()

    def handle_data(self, data):
        inner = [name for tag, name in self._open if tag in {"script", "style"}]
        for name in inner or [name for _, name in self._open]:
            self._texts.setdefault(name, []).append(data)
