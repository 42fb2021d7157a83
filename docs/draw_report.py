"""Draw the picture of a report page that the README shows: ``docs/report.png``.

``python docs/draw_report.py PAGE`` needs Playwright and a Chromium; `make report` does all of it.
The picture is kept small by a palette: of its colours, 256 are kept.
"""

import struct
import sys
import zlib
from base64 import b64decode, b64encode
from pathlib import Path

import numpy as np

PROJECT = Path(__file__).parents[1]
PICTURE = Path(__file__).with_name("report.png")
WIDTH, HEIGHT = 1080, 800
COLOURS = 256
# Colours that are closer than this are one.
STEP = 8
# Returns the pixels of a picture, as red, green, blue and alpha.
DECODE = """async picture => {
  const image = new Image();
  image.src = "data:image/png;base64," + picture;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
  canvas.drawImage(image, 0, 0);
  const pixels = canvas.getImageData(0, 0, image.width, image.height).data;
  let text = "";
  for (let at = 0; at < pixels.length; at += 32768)
    text += String.fromCharCode(...pixels.subarray(at, at + 32768));
  return btoa(text);
}"""


def encode_png(pixels: np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]) -> bytes:
    """Return a picture as a PNG file with a palette of the most frequent colours."""
    height, width, _ = pixels.shape
    rough = (pixels.reshape(-1, 3) // STEP).astype(np.int64) @ np.array([1 << 16, 1 << 8, 1])
    _, codes, counts = np.unique(rough, return_inverse=True, return_counts=True)
    sums = np.stack([np.bincount(codes, pixels[..., part].ravel()) for part in range(3)], axis=1)
    means = sums / counts[:, None]
    kept = np.argsort(-counts)[:COLOURS]
    palette = np.rint(means[kept]).astype(np.uint8)
    distances = ((means[:, None] - palette[None].astype(float)) ** 2).sum(axis=2)
    rows = distances.argmin(axis=1).astype(np.uint8)[codes].reshape(height, width)
    lines = np.concatenate([np.zeros((height, 1), np.uint8), rows], axis=1)
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = (
        (b"IHDR", header),
        (b"PLTE", palette.tobytes()),
        (b"IDAT", zlib.compress(lines.tobytes(), 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def main() -> None:
    """Draw the first screen of a page."""
    sys.path.insert(0, str(PROJECT / "tests"))
    from support.browser import chromium  # noqa: PLC0415 (found only now)

    with chromium() as browser:
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        page.goto(Path(sys.argv[1]).absolute().as_uri())
        picture = b64encode(page.screenshot()).decode()
        raw = b64decode(browser.new_page().evaluate(DECODE, picture))
    pixels = np.frombuffer(raw, np.uint8).reshape(HEIGHT, WIDTH, 4)[..., :3]
    PICTURE.write_bytes(encode_png(pixels))


if __name__ == "__main__":
    main()
