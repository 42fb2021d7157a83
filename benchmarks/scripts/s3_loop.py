"""Objects below an S3 prefix to nothing: fetch and decompress each, in one asyncio loop."""

import asyncio
import sys

import s3fs
from isal import igzip

AT_ONCE = 32


async def fetch_all(url: str) -> None:
    """List the objects, then fetch and decompress them, many at once."""
    system = s3fs.S3FileSystem(asynchronous=True)
    session = await system.set_session()
    limit = asyncio.Semaphore(AT_ONCE)

    async def fetch(path: str) -> None:
        async with limit:
            igzip.decompress(await system._cat_file(path, start=0))  # noqa: SLF001 (its async interface)

    await asyncio.gather(*map(fetch, await system._find(url)))  # noqa: SLF001 (see above)
    await session.close()


asyncio.run(fetch_all(sys.argv[1]))
