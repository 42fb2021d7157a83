"""A DNS server on this machine's loopback that answers from a table, over UDP and TCP."""

import asyncio
import socket
import threading
from contextlib import contextmanager
from typing import NamedTuple

import dns.flags
import dns.message
import dns.rcode
import dns.reversename
import dns.rrset
from support.servers import LOOPBACK


class Reply(NamedTuple):
    """What the server sends for a query.

    ``records`` are such as "PTR a.example.org.", or with their owner in front of them;
    ``authority`` is the zone whose SOA comes with the answer. ``raw`` is sent in place of all.
    """

    records: tuple = ()
    code: str = "NOERROR"
    authority: str = ""
    delay: float = 0
    is_silent: bool = False
    is_truncated: bool = False
    has_wrong_id: bool = False
    raw: bytes = b""
    ttl: int = 300


NXDOMAIN = Reply(code="NXDOMAIN")
NODATA = Reply()
SILENCE = Reply(is_silent=True)


def ptr(*names, **fields):
    return Reply(tuple(f"PTR {name}" for name in names), **fields)


def addresses(*values, **fields):
    return Reply(tuple(f"{'AAAA' if ':' in each else 'A'} {each}" for each in values), **fields)


def reverse(address):
    """Return the name of an address in in-addr.arpa or ip6.arpa."""
    return dns.reversename.from_address(address).to_text()


def respond(query, reply, *, over_tcp):
    """Return the bytes of a response."""
    if reply.raw:
        return reply.raw
    response = dns.message.make_response(query)
    response.flags |= dns.flags.RA
    response.set_rcode(dns.rcode.from_text(reply.code))
    owner = query.question[0].name.to_text()
    if reply.is_truncated and not over_tcp:
        response.flags |= dns.flags.TC
    else:
        for record in reply.records:
            *named, kind, value = record.split(" ")
            name = named[0] if named else owner
            response.answer.append(dns.rrset.from_text(name, reply.ttl, "IN", kind, value))
    if reply.authority:
        soa = f"ns.{reply.authority} admin.{reply.authority} 1 2 3 4 5".replace("..", ".")
        response.authority.append(dns.rrset.from_text(reply.authority, 300, "IN", "SOA", soa))
    if reply.has_wrong_id:
        response.id ^= 1
    return response.to_wire(max_size=65_535)


class DnsServer(asyncio.DatagramProtocol):
    """The server; ``queries`` holds the name, the kind and the transport of each query."""

    def __init__(self, find_reply):
        self.find_reply = find_reply
        self.queries = []
        self.most = self.now = 0
        self.tasks = set()

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, client):
        task = asyncio.get_running_loop().create_task(self.reply_over_udp(data, client))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def reply_over_udp(self, data, client):
        if response := await self.answer(data, over_tcp=False):
            self.transport.sendto(response, client)

    async def reply_over_tcp(self, reader, writer):
        length = int.from_bytes(await reader.readexactly(2))
        response = await self.answer(await reader.readexactly(length), over_tcp=True)
        if response:
            writer.write(len(response).to_bytes(2) + response)
            await writer.drain()
        writer.close()

    async def answer(self, data, *, over_tcp):
        query = dns.message.from_wire(data)
        question = query.question[0]
        kind = question.rdtype.name
        name = question.name.to_text().lower()
        self.queries.append((name, kind, "TCP" if over_tcp else "UDP"))
        reply = self.find_reply(name, kind)
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(reply.delay)
        self.now -= 1
        return b"" if reply.is_silent else respond(query, reply, over_tcp=over_tcp)

    async def serve(self, datagrams, streams, started):
        loop = asyncio.get_running_loop()
        endpoint, _ = await loop.create_datagram_endpoint(lambda: self, sock=datagrams)
        server = await asyncio.start_server(self.reply_over_tcp, sock=streams)
        stopped = asyncio.Event()
        self.stop = lambda: loop.call_soon_threadsafe(stopped.set)
        started.set()
        await stopped.wait()
        endpoint.close()
        server.close()
        await server.wait_closed()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


def bind_both():
    """Return a UDP and a TCP socket on the same free port."""
    while True:
        streams = socket.create_server((LOOPBACK, 0))
        datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            datagrams.bind(streams.getsockname())
        except OSError:  # another program has the port for UDP
            streams.close()
            datagrams.close()
        else:
            return datagrams, streams


@contextmanager
def dns_server(replies):
    """Run a server that answers from a table by name and kind, or from a function of them.

    Names that the table does not have do not exist.
    """
    find_reply = (
        replies if callable(replies) else lambda name, kind: replies.get((name, kind), NXDOMAIN)
    )
    server = DnsServer(find_reply)
    datagrams, streams = bind_both()
    server.address = "{}:{}".format(*datagrams.getsockname())
    started = threading.Event()
    thread = threading.Thread(target=asyncio.run, args=(server.serve(datagrams, streams, started),))
    thread.start()
    try:
        assert started.wait(10)
        yield server
    finally:
        server.stop()
        thread.join(10)
        assert not thread.is_alive()
