/* SPDX-License-Identifier: MIT */
/* A player who watches a state: what it is sent is put into a picture at once, and may be held back
 * by reference for as long as the test likes, as a slow connection does. */
#ifndef OURO_TESTS_STATE_WATCHER_H
#define OURO_TESTS_STATE_WATCHER_H

#include "seeds.h"
#include "test.h"

#include <ouro/state.h>

#define HELD_PARTS_MAX 4096

struct watcher {
    struct ouro_player player;
    struct ouro_view *view;
    struct ouro_picture *picture;
    struct ouro_buf bytes; /* a copy of the parts held */
    struct ouro_part parts[HELD_PARTS_MAX];
    size_t held;
    bool slow;        /* holds on to what it is sent, until watcher_drain() */
    int refuses;      /* so many sends, with -OURO_ELIMIT */
    size_t snapshots; /* complete ones */
    size_t messages, longest;
    int closed_with;
};

static inline struct watcher *watcher_of(const struct ouro_player *player)
{
    return ouro_container(player, struct watcher, player);
}

static inline void watcher_see(struct watcher *watcher, const uint8_t *payload, size_t len)
{
    int rc = ouro_picture_apply(watcher->picture, payload, len);
    if (rc < 0)
        ck_abort_msg("%s", ouro_error_name(rc));
    watcher->snapshots += (size_t)rc;
    watcher->messages++;
    if (len > watcher->longest)
        watcher->longest = len;
}

/* Whole frames, one after the other. */
static inline void watcher_see_wire(struct watcher *watcher, const uint8_t *wire, size_t len)
{
    while (len > 0) {
        size_t prefix = wire[1] == 126 ? 4 : 2;
        size_t payload = wire[1] == 126 ? (size_t)wire[2] << 8 | wire[3] : wire[1];
        if (wire[0] != 0x82 || wire[1] >= 127 || prefix + payload > len)
            ck_abort_msg("not a frame");
        watcher_see(watcher, wire + prefix, payload);
        wire += prefix + payload;
        len -= prefix + payload;
    }
}

static inline int watcher_send_parts(struct ouro_player *player, const struct ouro_part *parts,
                                     size_t count)
{
    struct watcher *watcher = watcher_of(player);
    struct ouro_buf whole = {0};
    if (watcher->refuses > 0) {
        watcher->refuses--;
        return -OURO_ELIMIT;
    }
    for (size_t i = 0; i < count; i++) {
        ouro_buf_append(&whole, ouro_part_bytes(&parts[i]), parts[i].len);
        if (!watcher->slow)
            continue;
        if (watcher->held == HELD_PARTS_MAX)
            ck_abort_msg("too much is sent to who does not read");
        watcher->parts[watcher->held++] = parts[i];
        ouro_frame_ref(parts[i].frame);
    }
    if (watcher->slow)
        ouro_buf_append(&watcher->bytes, whole.data, whole.len);
    watcher_see_wire(watcher, (const uint8_t *)whole.data, whole.len);
    ouro_buf_done(&whole);
    return 0;
}

static inline int watcher_send(struct ouro_player *player, struct ouro_frame *const *frames,
                               size_t count)
{
    struct watcher *watcher = watcher_of(player);
    if (watcher->refuses > 0) {
        watcher->refuses--;
        return -OURO_ELIMIT;
    }
    for (size_t i = 0; i < count; i++) {
        size_t len;
        const uint8_t *payload = ouro_frame_payload(frames[i], &len);
        watcher_see(watcher, payload, len);
    }
    return 0;
}

static inline size_t watcher_backlog(const struct ouro_player *player)
{
    return watcher_of(player)->bytes.len;
}

static inline void watcher_close(struct ouro_player *player, uint16_t code, const char *reason)
{
    ck_assert_str_ne(reason, "");
    ck_assert_int_eq(watcher_of(player)->closed_with, 0);
    watcher_of(player)->closed_with = code;
}

static inline void watcher_released(struct ouro_player *player)
{
    (void)player;
}

/* The client reads what waited. It is what was sent, whatever happened since. */
static inline void watcher_drain(struct watcher *watcher)
{
    size_t at = 0;
    for (size_t i = 0; i < watcher->held; i++) {
        struct ouro_part *part = &watcher->parts[i];
        if (memcmp(watcher->bytes.data + at, ouro_part_bytes(part), part->len) != 0)
            ck_abort_msg("what was sent has changed");
        at += part->len;
        ouro_frame_unref(part->frame);
    }
    watcher->held = 0;
    ouro_buf_done(&watcher->bytes);
    watcher->bytes = (struct ouro_buf){0};
}

static inline void watcher_start(struct watcher *watcher, struct ouro_state *state,
                                 const struct ouro_type *types,
                                 const struct ouro_view_options *options)
{
    static const struct ouro_player_ops ops = {
        .send = watcher_send,
        .backlog_bytes = watcher_backlog,
        .close = watcher_close,
        .released = watcher_released,
        .send_parts = watcher_send_parts,
    };
    memset(watcher, 0, sizeof *watcher); /* a literal would be as large, on the stack of a task */
    watcher->player.ops = &ops;
    ck_assert_int_eq(ouro_picture_new(types, &watcher->picture), 0);
    ck_assert_int_eq(ouro_view_new(state, &watcher->player, options, &watcher->view), 0);
}

/* As one whose transport takes whole frames only. */
static inline void watcher_takes_frames_only(struct watcher *watcher)
{
    static const struct ouro_player_ops ops = {
        .send = watcher_send,
        .backlog_bytes = watcher_backlog,
        .close = watcher_close,
        .released = watcher_released,
    };
    watcher->player.ops = &ops;
}

static inline void watcher_stop(struct watcher *watcher)
{
    watcher->view = ouro_view_free(watcher->view);
    watcher->picture = ouro_picture_free(watcher->picture);
    watcher_drain(watcher);
}

/* What it knows of an entity; false: nothing. */
static inline bool watcher_knows(const struct watcher *watcher, struct ouro_entity entity,
                                 struct ouro_seen *ret_seen)
{
    uint32_t index = entity.id & (OURO_ENTITIES_MAX - 1);
    struct ouro_seen seen;
    if (!ouro_picture_next(watcher->picture, index, &seen) || seen.index != index ||
        seen.generation != entity.id >> OURO_ENTITY_INDEX_BITS)
        return false;
    *ret_seen = seen;
    return true;
}

#define STATE_TEST(NAME)                                               \
    static int NAME##_body(void *unused);                              \
    TEST(NAME)                                                         \
    {                                                                  \
        ck_assert_int_eq(ouro_sim_run(1, NULL, NAME##_body, NULL), 0); \
    }                                                                  \
    static int NAME##_body(void *unused __attribute__((unused)))

#endif
