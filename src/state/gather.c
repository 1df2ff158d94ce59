/* SPDX-License-Identifier: MIT */
/* One view's snapshot: which sections it needs, which of them fit, and the messages made of these.
 *
 *      parts   [ head | piece | piece ... ]  [ head | piece ... ]      a message each
 *              prefix, snapshot, forgets      flags: more in all but the last
 */
#include "state/state.h"

#include <string.h>

#define HEAD_BYTES_MAX   48 /* without what is to be forgotten */
#define FORGET_BYTES_MAX 8
/* Ages up to this have deltas of their own, older ones share. */
#define EXACT_AGE_MAX 4
#define URGENCY_UNIT  1024
/* Messages up to that long are put together in one place, which all views share and the cache
 * holds: for the kernel, and for whoever counts references, a part costs more than a hundred bytes.
 * Longer ones are gathered. */
#define COPIED_BYTES_MAX 4096

/* --- what it needs ---------------------------------------------------------------------------- */

static uint32_t rounded(uint32_t age)
{
    uint32_t power = 2 * EXACT_AGE_MAX;
    if (age <= EXACT_AGE_MAX)
        return age;
    while (power < age)
        power *= 2;
    return power;
}

/* From when on it is told what has changed; 0: it is told all. */
static uint32_t base_for(const struct ouro_state *state, const struct ouro__look *look)
{
    uint32_t age = state->now - look->base, horizon = state->channels[look->channel].horizon;
    if (look->base == 0 || look->base < horizon || age > OURO_STATE_HISTORY)
        return 0;
    uint32_t earlier = rounded(age) < state->now ? state->now - rounded(age) : 1;
    return earlier > horizon ? earlier : horizon;
}

static bool has_news(const struct ouro_state *state, const struct ouro__look *look)
{
    const struct ouro__channel *channel = &state->channels[look->channel];
    return look->base == 0 ? channel->members > 0 : channel->changed > look->base;
}

/* Once per publish for each channel and base; none: nobody has needed it yet. */
static uint32_t encoded(struct ouro_state *state, uint32_t number, uint32_t base)
{
    struct ouro__channel *channel = &state->channels[number];
    if (channel->sections_at != state->now) { /* those are of a publish before */
        channel->sections_at = state->now;
        channel->sections = OURO__NONE;
    }
    uint32_t section = channel->sections;
    while (section != OURO__NONE && state->sections[section].base != base)
        section = state->sections[section].next;
    return section;
}

static void told(const struct ouro_state *state, struct ouro__look *look)
{
    look->base = look->since = state->now;
}

/* What is new to it. How many sections of that are to be encoded. */
static uint32_t collect(struct ouro_view *view)
{
    struct ouro_state *state = view->state;
    uint32_t missing = 0;
    state->want_count = 0;
    for (uint32_t i = 0; i < view->look_count; i++) {
        struct ouro__look *look = &view->looks[i];
        if (!has_news(state, look)) {
            look->since = state->now;
            look->base = look->base ? state->now : 0;
            continue;
        }
        uint32_t base = base_for(state, look);
        uint32_t section = encoded(state, look->channel, base);
        missing += section == OURO__NONE;
        state->wants[state->want_count++] = (struct ouro__want){
            .look = i, .channel = look->channel, .base = base, .section = section, .chosen = true};
    }
    return missing;
}

static void encode(struct ouro_state *state)
{
    for (uint32_t i = 0; i < state->want_count; i++) {
        struct ouro__want *want = &state->wants[i];
        if (i % OURO__PREFETCH_SECTIONS == 0)
            ouro__sections_prefetch(state, want, state->want_count - i);
        if (want->section == OURO__NONE)
            want->section = ouro__section_encode(state, want->channel, want->base);
    }
}

/* Those that memory was out for are left for later. Bytes of the others. */
static uint32_t sum_up(struct ouro_state *state)
{
    uint32_t bytes = 0, kept = 0;
    for (uint32_t i = 0; i < state->want_count; i++) {
        const struct ouro__want want = state->wants[i];
        if (want.section == OURO__NONE) {
            state->stats.failed++;
            continue;
        }
        bytes += state->sections[want.section].bytes;
        state->wants[kept++] = want;
    }
    state->want_count = kept;
    return bytes;
}

/* --- heads ------------------------------------------------------------------------------------ */

/* One that is being put together. */
struct message {
    const struct ouro_view *view;
    uint32_t first; /* its head, among the parts */
    uint32_t bytes; /* of sections */
    uint32_t forget_count;
    uint8_t flags;
};

static void write_head(struct ouro_writer *writer, const struct message *message, uint8_t flags)
{
    const struct ouro_view *view = message->view;
    const struct ouro_state *state = view->state;
    struct ouro_snapshot snapshot = {
        .flags = flags,
        .tick = state->tick,
        .base_tick = view->fresh ? state->tick : view->tick,
        .input = view->input,
        .interval = state->interval * view->divisor,
    };
    ouro_snapshot_write(writer, &snapshot);
    for (uint32_t i = 0; i < message->forget_count; i++)
        ouro_section_write(writer, &(struct ouro_section){.channel = view->forgets[i]});
}

/* Of a snapshot in one message, all but its sections. */
static uint32_t head_bytes(const struct ouro_view *view)
{
    const struct message message = {.view = view, .forget_count = view->forget_count};
    struct ouro_writer writer;
    ouro_writer_init(&writer, view->state->scratch, OURO__SCRATCH_BYTES);
    write_head(&writer, &message, 0);
    return (uint32_t)writer.len;
}

static uint32_t head_bytes_most(uint32_t forget_count)
{
    return HEAD_BYTES_MAX + FORGET_BYTES_MAX * forget_count;
}

/* --- what fits -------------------------------------------------------------------------------- */

static uint64_t urgency(const struct ouro_view *view, const struct ouro__look *look)
{
    const struct ouro_state *state = view->state;
    const struct ouro__key *key = &state->channels[look->channel].key;
    uint64_t age = state->now - look->since;
    if (key->everywhere)
        return age * URGENCY_UNIT;
    struct ouro__cell middle = ouro__grid_cell(state->options.cell, view->x, view->y);
    return age * URGENCY_UNIT / (1 + ouro__cell_distance(middle, key->cell));
}

static struct ouro__want *most_urgent(struct ouro_state *state)
{
    struct ouro__want *best = NULL;
    for (uint32_t i = 0; i < state->want_count; i++) {
        struct ouro__want *want = &state->wants[i];
        if (!want->chosen && (!best || want->urgency > best->urgency))
            best = want;
    }
    return best;
}

static bool fits(const struct ouro_view *view, uint32_t bytes)
{
    uint32_t most = view->options.bytes_max;
    return head_bytes_most(view->forget_count) + bytes <= most || head_bytes(view) + bytes <= most;
}

/* As many as fit, and one at least. Rare: only for who has more to be told than its bound. */
static void choose(struct ouro_view *view)
{
    struct ouro_state *state = view->state;
    struct ouro__want *want;
    uint32_t bytes = head_bytes(view), count = 0;
    for (uint32_t i = 0; i < state->want_count; i++) {
        want = &state->wants[i];
        want->chosen = false;
        want->urgency = urgency(view, &view->looks[want->look]);
    }
    while ((want = most_urgent(state))) {
        bytes += state->sections[want->section].bytes;
        if (count > 0 && bytes > view->options.bytes_max)
            break;
        want->chosen = true;
        count++;
    }
    state->stats.sections_deferred += state->want_count - count;
}

/* --- messages --------------------------------------------------------------------------------- */

static int add_part(struct ouro_state *state, const struct ouro_part *part)
{
    int rc = OURO__GROW(state, parts, part_cap, state->part_count + 1);
    if (rc == 0)
        state->parts[state->part_count++] = *part;
    return rc;
}

static int begin_message(struct message *message)
{
    struct ouro_state *state = message->view->state;
    message->first = state->part_count;
    message->bytes = 0;
    return add_part(state, &(struct ouro_part){0});
}

/* Behind the head that the writer has written. */
static void append_pieces(struct ouro_writer *writer, const struct message *message)
{
    struct ouro_state *state = message->view->state;
    for (uint32_t i = message->first + 1; i < state->part_count; i++) {
        const struct ouro_part *part = &state->parts[i];
        memcpy(writer->data + writer->len, ouro_part_bytes(part), part->len);
        writer->len += part->len;
    }
    state->part_count = message->first + 1;
}

/* Now that it is known how long it has become. */
static int end_message(struct message *message, uint8_t more)
{
    struct ouro_state *state = message->view->state;
    struct ouro_writer writer;
    uint8_t *head = state->scratch + OURO_FRAME_PREFIX_MAX, prefix[OURO_FRAME_PREFIX_MAX];
    ouro_writer_init(&writer, head, OURO__SCRATCH_BYTES - OURO_FRAME_PREFIX_MAX);
    write_head(&writer, message, message->flags | more);
    size_t prefix_len = ouro_frame_prefix(prefix, OURO_FRAME_BINARY, writer.len + message->bytes);
    memcpy(head - prefix_len, prefix, prefix_len);
    if (writer.len + message->bytes <= COPIED_BYTES_MAX)
        append_pieces(&writer, message);
    message->flags = 0;
    message->forget_count = 0;
    return ouro__slab_put(&state->heads, head - prefix_len, (uint32_t)(prefix_len + writer.len),
                          &state->parts[message->first]);
}

/* Pieces that lie one behind the other are one part. */
static int add_piece(struct message *message, const struct ouro_part *piece)
{
    struct ouro_state *state = message->view->state;
    struct ouro_part *last = &state->parts[state->part_count - 1];
    uint32_t head = head_bytes_most(message->forget_count);
    int rc = 0;
    if (head + message->bytes + piece->len > OURO_SNAPSHOT_BYTES_MAX) {
        rc = end_message(message, OURO_SNAPSHOT_MORE);
        if (rc == 0)
            rc = begin_message(message);
    } else if (message->bytes > 0 && last->frame == piece->frame &&
               last->offset + last->len == piece->offset) {
        last->len += piece->len;
        message->bytes += piece->len;
        return 0;
    }
    message->bytes += piece->len;
    return rc < 0 ? rc : add_part(state, piece);
}

static int build(struct ouro_view *view)
{
    struct ouro_state *state = view->state;
    struct message message = {.view = view,
                              .forget_count = view->forget_count,
                              .flags = view->fresh ? OURO_SNAPSHOT_FRESH : 0};
    state->part_count = 0;
    ouro__slab_next(
        &state->heads); /* nobody has it any more, or who waits to be sent it keeps it */
    int rc = begin_message(&message);
    for (uint32_t i = 0; i < state->want_count; i++) {
        const struct ouro__section *section = &state->sections[state->wants[i].section];
        for (uint32_t j = 0; rc == 0 && state->wants[i].chosen && j < section->pieces; j++)
            rc = add_piece(&message, &state->pieces[section->piece + j]);
    }
    return rc < 0 ? rc : end_message(&message, 0);
}

/* --- sending ---------------------------------------------------------------------------------- */

static size_t parts_bytes(const struct ouro_state *state)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < state->part_count; i++)
        bytes += state->parts[i].len;
    return bytes;
}

/* The payload of the message that begins there with its prefix. */
static size_t payload_bytes(const uint8_t *wire, size_t *ret_prefix)
{
    *ret_prefix = wire[1] == 126 ? 4 : 2;
    return wire[1] == 126 ? (size_t)wire[2] << 8 | wire[3] : wire[1];
}

/* A message as a frame of its own; `at` is its head, and then that of the next one. */
static struct ouro_frame *copied(const struct ouro_state *state, uint32_t *at)
{
    size_t prefix, len = payload_bytes(ouro_part_bytes(&state->parts[*at]), &prefix), done = 0;
    uint8_t *payload;
    struct ouro_frame *frame = ouro_frame_blank(OURO_FRAME_BINARY, len, &payload);
    for (; frame && done < len; (*at)++, prefix = 0) {
        const struct ouro_part *part = &state->parts[*at];
        memcpy(payload + done, ouro_part_bytes(part) + prefix, part->len - prefix);
        done += part->len - prefix;
    }
    return frame;
}

/* For players that take frames only. When the second of several is refused, all begins anew. */
static int send_copied(struct ouro_view *view)
{
    const struct ouro_state *state = view->state;
    int rc = 0;
    for (uint32_t at = 0; rc >= 0 && at < state->part_count;) {
        bool first = at == 0;
        struct ouro_frame *frame = copied(state, &at);
        rc = frame ? view->player->ops->send(view->player, &frame, 1) : -ENOMEM;
        ouro_frame_unref(frame);
        if (rc < 0 && !first)
            ouro_view_reset(view);
    }
    return rc;
}

static int send(struct ouro_view *view)
{
    const struct ouro_state *state = view->state;
    const struct ouro_player_ops *ops = view->player->ops;
    if (ops->send_parts)
        return ops->send_parts(view->player, state->parts, state->part_count);
    return send_copied(view);
}

static void note_sent(struct ouro_view *view)
{
    struct ouro_state *state = view->state;
    for (uint32_t i = 0; i < state->want_count; i++) {
        const struct ouro__want *want = &state->wants[i];
        if (!want->chosen)
            continue;
        bool keyframe = state->sections[want->section].base == 0;
        told(state, &view->looks[want->look]);
        view->keyframes += keyframe;
        state->stats.keyframes_sent += keyframe;
        state->stats.sections_sent++;
    }
    view->fresh = false;
    view->forget_count = 0;
    view->tick = state->tick;
    view->input_told = view->input;
    view->snapshots++;
    state->stats.snapshots++;
    state->stats.snapshot_bytes += parts_bytes(state);
}

int ouro__view_gather(struct ouro_view *view)
{
    struct ouro_state *state = view->state;
    ouro__view_refresh(view);
    if (collect(view) > 0)
        encode(state);
    uint32_t bytes = sum_up(state);
    if (state->want_count == 0 && view->forget_count == 0 && !view->fresh &&
        view->input == view->input_told) {
        state->stats.quiet++;
        return 0;
    }
    if (!fits(view, bytes))
        choose(view);
    int rc = build(view);
    if (rc == 0)
        rc = send(view);
    if (rc >= 0)
        note_sent(view);
    return rc;
}
