/* SPDX-License-Identifier: MIT */
#include "sinks.h"

#include "measure.h"

/* --- the clock ---------------------------------------------------------------------------------
 */

static int64_t spent_ns;

struct ouro__want;
void __real_ouro__entities_look_at(struct ouro_state *state);
void __wrap_ouro__entities_look_at(struct ouro_state *state);
uint32_t __real_ouro__section_encode(struct ouro_state *state, uint32_t channel, uint32_t base);
uint32_t __wrap_ouro__section_encode(struct ouro_state *state, uint32_t channel, uint32_t base);
void __real_ouro__sections_prefetch(const struct ouro_state *state, const struct ouro__want *wants,
                                    uint32_t count);
void __wrap_ouro__sections_prefetch(const struct ouro_state *state, const struct ouro__want *wants,
                                    uint32_t count);

void __wrap_ouro__entities_look_at(struct ouro_state *state)
{
    int64_t begin = bench_now();
    __real_ouro__entities_look_at(state);
    spent_ns += bench_now() - begin;
}

uint32_t __wrap_ouro__section_encode(struct ouro_state *state, uint32_t channel, uint32_t base)
{
    int64_t begin = bench_now();
    uint32_t section = __real_ouro__section_encode(state, channel, base);
    spent_ns += bench_now() - begin;
    return section;
}

void __wrap_ouro__sections_prefetch(const struct ouro_state *state, const struct ouro__want *wants,
                                    uint32_t count)
{
    int64_t begin = bench_now();
    __real_ouro__sections_prefetch(state, wants, count);
    spent_ns += bench_now() - begin;
}

int64_t sinks_encode_ns(void)
{
    int64_t ns = spent_ns;
    spent_ns = 0;
    return ns;
}

/* --- players that are sent to, and that is all --------------------------------------------------
 */

static int sink_send_parts(struct ouro_player *player, const struct ouro_part *parts, size_t count)
{
    (void)player, (void)parts, (void)count;
    return 0;
}

static int sink_send(struct ouro_player *player, struct ouro_frame *const *frames, size_t count)
{
    (void)player, (void)frames, (void)count;
    return 0;
}

static size_t sink_backlog(const struct ouro_player *player)
{
    (void)player;
    return 0;
}

static void sink_close(struct ouro_player *player, uint16_t code, const char *reason)
{
    (void)player, (void)code, (void)reason;
}

static void sink_released(struct ouro_player *player)
{
    (void)player;
}

const struct ouro_player_ops sink_ops = {
    .send = sink_send,
    .backlog_bytes = sink_backlog,
    .close = sink_close,
    .released = sink_released,
    .send_parts = sink_send_parts,
};
