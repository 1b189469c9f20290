"""A TCP relay from this machine's loopback to another host.

TensorBoard talks to a data provider on loopback only. Each connection is a new one to the other side, whose name is
looked up again for it: either side may restart. What cannot be reached closes the connection, and TensorBoard asks anew.
"""
import asyncio
import socket
import sys

LOOPBACK = "127.0.0.1"
CHUNK = 1 << 16
CONNECT_SECONDS = 5
# A peer that vanished without a word is found within a minute.
KEEP_ALIVE = ((socket.TCP_KEEPIDLE, 30), (socket.TCP_KEEPINTVL, 10), (socket.TCP_KEEPCNT, 3))


def keep_alive(writer):
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in KEEP_ALIVE:
        connection.setsockopt(socket.IPPROTO_TCP, option, value)


async def copy(reader, writer):
    """Hands bytes on until one side ends; then the other is told so."""
    try:
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except OSError:
        # The connection is lost; a half of it is of no use.
        writer.close()


async def relay(reader, writer, host, port):
    """Serves one connection to its end."""
    try:
        far_reader, far_writer = await asyncio.wait_for(asyncio.open_connection(host, port), CONNECT_SECONDS)
    except (OSError, asyncio.TimeoutError):
        # TensorBoard itself says in its log that its data provider is away.
        writer.close()
        return
    keep_alive(writer)
    keep_alive(far_writer)
    try:
        await asyncio.gather(copy(reader, far_writer), copy(far_reader, writer))
    finally:
        writer.close()
        far_writer.close()


async def listen(port, host, far_port):
    """Starts to take connections on loopback."""
    return await asyncio.start_server(lambda reader, writer: relay(reader, writer, host, far_port), LOOPBACK, port)


async def main():
    port, host, far_port = sys.argv[1:]
    async with await listen(int(port), host, int(far_port)) as server:
        print(f"{LOOPBACK}:{server.sockets[0].getsockname()[1]}", flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
