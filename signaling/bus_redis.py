"""The bus on Redis or Valkey. Only commands that both have are used."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator

import msgspec
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as Unreachable
from redis.exceptions import RedisError

from signaling.bus import Letter

log = logging.getLogger(__name__)

CHANNEL = "{counter}:letters"
"""Hash-tagged, so that a cluster keeps all our keys in one slot."""
RETRIES = 20
WAIT = 0.2


class RedisBus:
    """A ``Bus`` on a Redis-compatible server."""

    def __init__(self, url: str) -> None:
        retry = Retry(ExponentialBackoff(cap=0.5, base=0.02), RETRIES)
        self._redis: Redis = Redis.from_url(url, retry=retry, socket_timeout=10)

    async def publish(self, letter: Letter) -> None:
        await self._redis.publish(CHANNEL, msgspec.json.encode(letter))

    async def listen(self) -> AsyncIterator[Letter]:
        while True:
            try:
                async with self._redis.pubsub(ignore_subscribe_messages=True) as inbox:
                    await inbox.subscribe(CHANNEL)
                    while True:
                        found = await inbox.get_message(timeout=5.0)
                        if found is not None:
                            yield msgspec.json.decode(found["data"], type=Letter)
            except (Unreachable, TimeoutError, OSError):
                log.warning("bus lost; subscribing again")
                await asyncio.sleep(WAIT)

    async def first_time(self, name: str, seconds: int) -> bool:
        key = f"{{counter}}:once:{name}"
        return bool(await self._redis.set(key, b"1", nx=True, ex=seconds))

    async def count(self, name: str, seconds: int) -> int:
        key = f"{{counter}}:count:{name}"
        times = int(await self._redis.incr(key))
        if times == 1:
            await self._redis.expire(key, seconds)
        return times

    async def here(self, group: str, name: str, seconds: float) -> None:
        await self._redis.zadd(_group(group), {name: time.time() + seconds})

    async def gone(self, group: str, name: str) -> None:
        await self._redis.zrem(_group(group), name)

    async def who(self, group: str) -> list[str]:
        key = _group(group)
        await self._redis.zremrangebyscore(key, "-inf", time.time())
        found = await self._redis.zrange(key, 0, -1)
        return sorted(name.decode() for name in found if isinstance(name, bytes))

    async def keep(self, name: str, value: str, seconds: float) -> None:
        if seconds <= 0:
            await self._redis.delete(_place(name))
            return
        await self._redis.set(_place(name), value, px=_milliseconds(seconds))

    async def claim(self, name: str, value: str, seconds: float) -> str:
        lasts = _milliseconds(seconds)
        if await self._redis.set(_place(name), value, nx=True, px=lasts):
            return value
        found = await self.kept(name)
        # It went between the two: whoever asks next may have it.
        return "" if found is None else found

    async def kept(self, name: str) -> str | None:
        found = await self._redis.get(_place(name))
        return found.decode() if isinstance(found, bytes) else None

    async def alive(self) -> bool:
        try:
            return bool(await self._redis.ping())
        except (RedisError, OSError):
            return False

    async def close(self) -> None:
        await self._redis.aclose()


def _group(name: str) -> str:
    return f"{{counter}}:group:{name}"


def _place(name: str) -> str:
    return f"{{counter}}:kept:{name}"


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))
