/* SPDX-License-Identifier: MIT */
#include "ouro/game.h"

#define REPORT_NS_MIN OURO_SEC(10)

void ouro_ticker_start(struct ouro_ticker *ticker, const char *name, int64_t period_ns)
{
    *ticker = (struct ouro_ticker){.name = name, .period_ns = period_ns, .next = ouro_now()};
}

void ouro_ticker_resume(struct ouro_ticker *ticker)
{
    ticker->next = ouro_now();
}

static void report(struct ouro_ticker *ticker, int64_t now, int64_t late_ns)
{
    ticker->late++;
    if (ticker->reported_at && now - ticker->reported_at < REPORT_NS_MIN)
        return;
    ticker->reported_at = now;
    ouro_log(OURO_LOG_WARN,
             "%s: tick %llu began %lld ms late (%llu late so far); the machine is too busy, or "
             "the tick rate is too high for it",
             ticker->name, (unsigned long long)ticker->ticks, (long long)(late_ns / OURO_MS(1)),
             (unsigned long long)ticker->late);
}

/* After a stall, a burst of ticks would only make it worse for everybody. */
static void skip_what_is_too_late(struct ouro_ticker *ticker, int64_t now)
{
    int64_t behind = (now - ticker->next) / ticker->period_ns;
    if (behind <= OURO_TICKS_CAUGHT_UP_MAX)
        return;
    int64_t skipped = behind - OURO_TICKS_CAUGHT_UP_MAX;
    ticker->skipped += (uint64_t)skipped;
    ticker->next += skipped * ticker->period_ns;
}

int64_t ouro_ticker_begin(struct ouro_ticker *ticker)
{
    int64_t now = ouro_now(), late_ns = now - ticker->next;
    ticker->ticks++;
    ticker->begun_at = now > 0 ? now : 1; /* a simulation begins at 0 */
    if (late_ns > ticker->late_ns_max)
        ticker->late_ns_max = late_ns;
    ticker->late_ns_sum += late_ns;
    if (late_ns > OURO_TICK_LATE_NS)
        report(ticker, now, late_ns);
    ticker->next += ticker->period_ns;
    skip_what_is_too_late(ticker, now);
    return late_ns;
}

static void report_too_long(struct ouro_ticker *ticker, int64_t now, int64_t took_ns)
{
    ticker->too_long++;
    if (ticker->too_long_at && now - ticker->too_long_at < REPORT_NS_MIN)
        return;
    ticker->too_long_at = now;
    ouro_log(OURO_LOG_WARN,
             "%s: tick %llu took %lld ms, its period is %lld ms (%llu too long so far)",
             ticker->name, (unsigned long long)ticker->ticks, (long long)(took_ns / OURO_MS(1)),
             (long long)(ticker->period_ns / OURO_MS(1)), (unsigned long long)ticker->too_long);
}

int64_t ouro_ticker_end(struct ouro_ticker *ticker)
{
    int64_t now = ouro_now(), took_ns = now - ticker->begun_at;
    ticker->begun_at = 0;
    if (took_ns > ticker->took_ns_max)
        ticker->took_ns_max = took_ns;
    if (took_ns > ticker->period_ns)
        report_too_long(ticker, now, took_ns);
    return took_ns;
}
