/* SPDX-License-Identifier: MIT */
/* state and wire: what could not be sent for want of memory is sent later. */
#include "torture.h"

#include <ouro/state.h>

#define SNAILS 40
#define TICKS  12

struct snail {
    uint16_t x, y, hp;
    char name[12];
};

static const struct ouro_field fields[] = {
    {OURO_FIELD(struct snail, x), OURO_FIELD_UINT, .bits = 10, .axis = OURO_AXIS_X},
    {OURO_FIELD(struct snail, y), OURO_FIELD_UINT, .bits = 10, .axis = OURO_AXIS_Y},
    {OURO_FIELD(struct snail, hp), OURO_FIELD_UINT, .who = OURO_WHO_TEAM},
    {OURO_FIELD(struct snail, name), OURO_FIELD_STRING, .who = OURO_WHO_OWNER},
    {0},
};
static const struct ouro_type types[] = {{"snail", fields, sizeof(struct snail)}, {0}};

struct guest {
    struct ouro_player player;
    struct ouro_picture *picture;
    bool lost; /* the picture had no memory: only a fresh snapshot helps */
};

static struct guest *guest(const struct ouro_player *player)
{
    return ouro_container(player, struct guest, player);
}

static void see(struct guest *it, const void *payload, size_t len)
{
    int rc = ouro_picture_apply(it->picture, payload, len);
    if (rc == 1 && ouro_picture_snapshot(it->picture)->flags & OURO_SNAPSHOT_FRESH)
        it->lost = false;
    if (!it->lost)
        it->lost = !went(rc < 0 ? rc : 0, -ENOMEM);
}

static int guest_send(struct ouro_player *player, struct ouro_frame *const *frames, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t len;
        const uint8_t *payload = ouro_frame_payload(frames[i], &len);
        see(guest(player), payload, len);
    }
    return 0;
}

/* One short message. */
static int guest_send_parts(struct ouro_player *player, const struct ouro_part *parts, size_t count)
{
    static uint8_t whole[65536];
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        memcpy(whole + len, ouro_part_bytes(&parts[i]), parts[i].len);
        len += parts[i].len;
    }
    size_t prefix = whole[1] == 126 ? 4 : 2;
    see(guest(player), whole + prefix, len - prefix);
    return 0;
}

static size_t guest_backlog(const struct ouro_player *player)
{
    (void)player;
    return 0;
}

static void guest_close(struct ouro_player *player, uint16_t code, const char *reason)
{
    (void)player, (void)code, (void)reason;
}

static void guest_released(struct ouro_player *player)
{
    (void)player;
}

static const struct ouro_player_ops by_parts = {guest_send, guest_backlog, guest_close,
                                                guest_released, guest_send_parts};
static const struct ouro_player_ops by_frames = {guest_send, guest_backlog, guest_close,
                                                 guest_released, NULL};

static void move(struct ouro_state *state, const struct ouro_entity *snails, uint32_t tick)
{
    for (uint32_t i = 0; i < SNAILS; i++) {
        struct snail *snail = ouro_entity_record(state, snails[i]);
        if (!snail)
            continue;
        snail->x = (uint16_t)((37 * i + 40 * tick) % 500);
        snail->y = (uint16_t)(61 * i % 500);
        snail->hp = (uint16_t)tick;
    }
}

/* All that there is is seen at the end. */
static void check(struct ouro_state *state, struct guest *it)
{
    struct ouro_seen seen = {0};
    size_t count = 0;
    expect(!it->lost);
    for (uint32_t i = 0; ouro_picture_next(it->picture, i, &seen); i = seen.index + 1)
        count++;
    expect(count == ouro_picture_count(it->picture));
    expect(count == ouro_state_stats(state).entities);
}

static void watch(struct ouro_state *state, struct guest *it, const struct ouro_player_ops *ops)
{
    struct ouro_entity snails[SNAILS] = {0};
    struct ouro_view *view = NULL;
    it->player.ops = ops;
    if (!went(ouro_view_new(state, &it->player, &(struct ouro_view_options){.owner = 1, .team = 2},
                            &view),
              -ENOMEM))
        return;
    for (uint32_t i = 0; i < SNAILS; i++) {
        if (went(ouro_entity_new(state, 0, &snails[i]), -ENOMEM))
            expect(ouro_entity_show(state, snails[i],
                                    &(struct ouro_audience){.owner = 1, .team = 2}) == 0);
    }
    for (uint32_t tick = 1; tick <= TICKS; tick++) {
        ouro_view_look(view, &(struct ouro_rect){100 + 20 * tick, 100, 200, 200});
        ouro_view_input(view, tick);
        move(state, snails, tick);
        ouro_entity_end(state, snails[tick]);
        ouro_state_publish(state, tick);
    }
    ouro_view_rate(view, 1);
    ouro_view_bytes(view, 0);
    ouro_view_join(view, 2);
    ouro_view_look(view, &(struct ouro_rect){250, 250, 1000, 1000});
    ouro_view_reset(view);
    fail_pause(); /* there is memory again */
    ouro_state_publish(state, TICKS + 1);
    expect(ouro_view_stats(view).tick == TICKS + 1);
    check(state, it);
    fail_resume();
    expect(ouro_view_free(view) == NULL);
}

static void play(const struct ouro_player_ops *ops)
{
    struct ouro_state_options options = {.types = types, .cell = 50};
    struct ouro_state *state = NULL;
    struct guest it = {0};
    if (went(ouro_picture_new(types, &it.picture), -ENOMEM)) {
        if (went(ouro_state_new(&options, &state), -ENOMEM))
            watch(state, &it, ops);
    }
    expect(ouro_state_free(state) == NULL);
    expect(ouro_picture_free(it.picture) == NULL);
}

SCENARIO(state, parts)
{
    play(&by_parts);
}

SCENARIO(state, frames)
{
    play(&by_frames);
}

SCENARIO(wire, schema)
{
    struct ouro_buf json = {0};
    ouro_types_json(types, &json);
    expect(ouro_buf_failed(&json) ? fail_hit() : json.len > 100);
    ouro_buf_done(&json);
    struct ouro_frame *frame = NULL;
    uint8_t *payload;
    if ((frame = ouro_frame_blank(OURO_FRAME_BINARY, 3, &payload))) {
        memcpy(payload, "abc", 3);
        expect(!ouro_frame_shared(frame) && ouro_part_of(frame).len == 5);
    }
    ouro_frame_unref(frame);
}
