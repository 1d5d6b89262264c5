"""A WebSocket server that sends everything back."""

import asyncio
import logging
import sys

from websockets.asyncio.server import serve

# What goes wrong is what is played.
logging.getLogger("websockets").setLevel(logging.CRITICAL)


async def echo(socket):
    async for message in socket:
        await socket.send(message)


async def main():
    async with serve(echo, "127.0.0.1", int(sys.argv[1]), max_size=None):
        print("ready", flush=True)
        await asyncio.get_running_loop().create_future()


asyncio.run(main())
