#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The operations of bench_runtime in asyncio: asyncio_runtime.py OPERATION prints its cost.

One number, or two for the 50th and the 99th percentile, in the unit that bench_runtime uses: CPU
ns of the thread for what computes, us on the wall for what waits for others, bytes for memory.
Standard library only. bench_runtime starts it once for each operation and round.
"""
import asyncio
import concurrent.futures
import random
import sys
import time


async def nothing():
    pass


class Cpu:
    """CPU time of this thread spent in a `with` block, in ns per operation."""

    def __init__(self, operations):
        self.operations = operations

    def __enter__(self):
        self.start = time.thread_time_ns()
        return self

    def __exit__(self, *_):
        self.cost = (time.thread_time_ns() - self.start) / self.operations


def percentiles(samples):
    samples.sort()
    return samples[len(samples) // 2], samples[len(samples) * 99 // 100]


# --- tasks ---------------------------------------------------------------------------------------


async def bench_yield(count=100_000):
    async def yield_often():
        for _ in range(count):
            await asyncio.sleep(0)

    other = asyncio.create_task(yield_often())
    with Cpu(2 * count) as cpu:
        await yield_often()
        await other
    return cpu.cost


async def bench_spawn_await(count=50_000):
    with Cpu(count) as cpu:
        for _ in range(count):
            await asyncio.create_task(nothing())
    return cpu.cost


async def bench_spawn_cold(count=50_000):
    tasks = []
    with Cpu(count) as cpu:
        for _ in range(count):
            tasks.append(asyncio.create_task(asyncio.Event().wait()))
            await asyncio.sleep(0)
    await cancel_all(tasks)
    return cpu.cost


async def bench_first_completed(count=10_000):
    with Cpu(count) as cpu:
        for _ in range(count):
            tasks = [asyncio.create_task(nothing()), asyncio.create_task(nothing())]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            await tasks[1]
    return cpu.cost


async def cancel_all(tasks):
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def resident_kib():
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))


async def bench_idle_memory(count=100_000):
    before = resident_kib()
    tasks = [asyncio.create_task(asyncio.sleep(3600)) for _ in range(count)]
    await asyncio.sleep(0)
    per_task = (resident_kib() - before) * 1024 / count
    await cancel_all(tasks)
    return per_task


# --- hand-over between tasks ---------------------------------------------------------------------


async def bench_queue(count=50_000):
    queue = asyncio.Queue(1)

    async def get_all():
        for _ in range(count):
            await queue.get()

    getter = asyncio.create_task(get_all())
    with Cpu(count) as cpu:
        for _ in range(count):
            await queue.put(queue)
        await getter
    return cpu.cost


async def bench_condition(broadcasts=1_000, listeners=50):
    changed = asyncio.Condition()
    over = False

    async def listen():
        async with changed:
            while not over:
                await changed.wait()

    async def broadcast():
        async with changed:
            changed.notify_all()
        # Each listener takes the lock in its turn; the next broadcast stands behind them.
        await asyncio.sleep(0)

    tasks = [asyncio.create_task(listen()) for _ in range(listeners)]
    await asyncio.sleep(0)
    with Cpu(broadcasts * listeners) as cpu:
        for _ in range(broadcasts):
            await broadcast()
    over = True
    await broadcast()
    await asyncio.gather(*tasks)
    return cpu.cost


async def bench_semaphore(count=50_000):
    there, back = asyncio.Semaphore(0), asyncio.Semaphore(0)

    async def strike_back():
        for _ in range(count):
            await there.acquire()
            back.release()

    other = asyncio.create_task(strike_back())
    with Cpu(2 * count) as cpu:
        for _ in range(count):
            there.release()
            await back.acquire()
    await other
    return cpu.cost


async def bench_select(count=10_000):
    """asyncio has no select over objects: a task for each, and the first of them."""
    queue, stopping = asyncio.Queue(1), asyncio.Event()

    async def put_all():
        for _ in range(count):
            await queue.put(queue)

    putter = asyncio.create_task(put_all())
    stop = asyncio.create_task(stopping.wait())
    with Cpu(count) as cpu:
        for _ in range(count):
            get = asyncio.create_task(queue.get())
            await asyncio.wait([stop, get], return_when=asyncio.FIRST_COMPLETED)
    await cancel_all([stop, putter])
    return cpu.cost


# --- time ----------------------------------------------------------------------------------------


async def bench_timer_fired(count=250_000):
    """A quarter of what bench_runtime arms, to save time; the smaller heap is in asyncio's favour."""
    loop = asyncio.get_running_loop()
    all_fired = asyncio.Event()
    left = count

    def fire():
        nonlocal left
        left -= 1
        if left == 0:
            all_fired.set()

    with Cpu(count) as cpu:
        now = loop.time()
        for _ in range(count):
            loop.call_at(now + random.random() * 0.1, fire)
        time.sleep(max(0, now + 0.1 - loop.time()))
        await all_fired.wait()
    return cpu.cost


async def bench_timer_stopped(others=100_000, count=100_000):
    loop = asyncio.get_running_loop()
    now = loop.time() + 60
    for _ in range(others):
        loop.call_at(now + random.random(), print)
    with Cpu(count) as cpu:
        for i in range(count):
            loop.call_at(now + random.random(), print).cancel()
            if i % 1000 == 0:
                await asyncio.sleep(0)  # where it throws away what was cancelled
    return cpu.cost


async def bench_sleep(count=200):
    loop = asyncio.get_running_loop()
    late = []
    for _ in range(count):
        when = loop.time() + 0.002
        await asyncio.sleep(0.002)
        late.append((loop.time() - when) * 1e6)
    return percentiles(late)


# --- others --------------------------------------------------------------------------------------


async def bench_submit(count=3_000):
    loop = asyncio.get_running_loop()
    samples = []

    def submit_often():
        for _ in range(count):
            start = time.monotonic_ns()
            asyncio.run_coroutine_threadsafe(nothing(), loop).result()
            samples.append((time.monotonic_ns() - start) / 1000)

    await loop.run_in_executor(None, submit_often)
    return percentiles(samples)


async def round_trips(executor, fn, args, count, warm_up=100):
    loop = asyncio.get_running_loop()
    samples = []
    for i in range(-warm_up, count):
        start = time.monotonic_ns()
        await loop.run_in_executor(executor, fn, *args)
        if i >= 0:
            samples.append((time.monotonic_ns() - start) / 1000)
    return percentiles(samples)


def job():
    pass


def echo(data):
    return data


async def bench_offload(count=5_000):
    return await round_trips(None, job, (), count)


async def bench_worker(count=2_000):
    with concurrent.futures.ProcessPoolExecutor(1) as executor:
        return await round_trips(executor, echo, (bytes(64),), count)


def main():
    figures = asyncio.run(globals()["bench_" + sys.argv[1]]())
    print(*figures if isinstance(figures, tuple) else (figures,))


if __name__ == "__main__":
    main()
