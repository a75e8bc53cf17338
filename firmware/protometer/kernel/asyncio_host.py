"""Lets an asyncio application host the kernel."""

import asyncio


async def host(scheduler, longest_idle_ms=500):
    """Run a scheduler's tasks inside asyncio until cancelled."""
    while True:
        wait_ms = scheduler.run_due()
        if wait_ms is None or wait_ms > longest_idle_ms:
            wait_ms = longest_idle_ms
        # asyncio's own interface is in seconds.
        await asyncio.sleep(wait_ms / 1000)
