/* SPDX-License-Identifier: MIT */
/* A few clients that look at all they are told, with the library's picture: too dear for thousands.
 * They tell how much there is to see, and whether those that don't look know where they are. */
#include "bench_arena.h"

#include "server/arena_types.h"
#include "skim.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct watcher {
    struct ouro_picture *picture;
    int64_t player;
    bool broken; /* until a fresh snapshot, which does not come */
};

struct arena_watch {
    int view_width, view_height;
    uint64_t snapshots, heads, snakes, length, compared, right;
    size_t count;
    struct watcher watchers[];
};

/* --- life ------------------------------------------------------------------------------------- */

int arena_watch_new(size_t clients, int view_width, int view_height, struct arena_watch **ret)
{
    struct arena_watch *watch = calloc(1, sizeof *watch + clients * sizeof *watch->watchers);
    if (!watch)
        return -ENOMEM;
    watch->view_width = view_width;
    watch->view_height = view_height;
    int r = 0;
    for (; r == 0 && watch->count < clients; watch->count++)
        r = ouro_picture_new(arena_types, &watch->watchers[watch->count].picture);
    if (r < 0)
        arena_watch_free(watch);
    else
        *ret = watch;
    return r;
}

struct arena_watch *arena_watch_free(struct arena_watch *watch)
{
    if (!watch)
        return NULL;
    for (size_t i = 0; i < watch->count; i++)
        ouro_picture_free(watch->watchers[i].picture);
    free(watch);
    return NULL;
}

void arena_watch_reset(struct arena_watch *watch)
{
    watch->snapshots = watch->heads = watch->snakes = watch->length = 0;
    watch->compared = watch->right = 0;
}

/* --- what they are told ------------------------------------------------------------------------
 */

/* The table that we read by is the one that the server writes by, or all is nonsense. */
static int on_text(struct watcher *watcher, const char *text, size_t len)
{
    char type[16], hash[32], ours[32];
    if (skim_text(text, len, "type", type, sizeof type) < 0 || strcmp(type, "welcome") != 0)
        return 0;
    snprintf(ours, sizeof ours, "%016" PRIx64, ouro_types_hash(arena_types));
    if (skim_text(text, len, "hash", hash, sizeof hash) < 0 || strcmp(hash, ours) != 0)
        return -EBADMSG;
    return skim_number(text, len, "player", &watcher->player) < 0 ? -EBADMSG : 0;
}

int arena_watch_message(struct arena_watch *watch, size_t client, const char *payload, size_t len,
                        bool text)
{
    struct watcher *watcher = &watch->watchers[client];
    if (watcher->broken)
        return -EBADMSG;
    int r =
        text ? on_text(watcher, payload, len) : ouro_picture_apply(watcher->picture, payload, len);
    if (r >= 0)
        return r == 1 && !text;
    fprintf(stderr, "client %zu can't read what it is told: %s\n", client,
            text ? "another schema" : "a bad snapshot");
    watcher->broken = true;
    return -EBADMSG;
}

/* --- what is to be seen ------------------------------------------------------------------------
 */

struct place {
    int x, y;
};

/* docs/arena.md, "What is seen". */
static struct place head_of(const struct snake_record *snake, uint32_t tick)
{
    static const int right[] = {-1, 0, 1, 0}, down[] = {0, -1, 0, 1};
    int cells = (int)((tick - snake->since) % (1u << ARENA_SINCE_BITS)) * (snake->boost ? 2 : 1);
    return (struct place){snake->x + right[snake->way & 3] * cells,
                          snake->y + down[snake->way & 3] * cells};
}

static const struct snake_record *next_snake(const struct ouro_picture *picture, uint32_t *index)
{
    struct ouro_seen seen;
    while (ouro_picture_next(picture, *index, &seen)) {
        *index = seen.index + 1;
        if (strcmp(seen.type->name, "snake") == 0)
            return seen.record;
    }
    return NULL;
}

static bool find_own(const struct watcher *watcher, uint32_t tick, struct place *ret)
{
    const struct snake_record *snake;
    uint32_t index = 0;
    while ((snake = next_snake(watcher->picture, &index))) {
        if (snake->player != (uint32_t)watcher->player)
            continue;
        *ret = head_of(snake, tick);
        return true;
    }
    return false;
}

static bool in_view(const struct arena_watch *watch, struct place own, struct place other)
{
    return 2 * abs(other.x - own.x) <= watch->view_width &&
           2 * abs(other.y - own.y) <= watch->view_height;
}

static void count_around(struct arena_watch *watch, const struct watcher *watcher, uint32_t tick,
                         struct place own)
{
    const struct snake_record *snake;
    uint32_t index = 0;
    watch->snapshots++;
    while ((snake = next_snake(watcher->picture, &index))) {
        watch->snakes++;
        watch->length += snake->length;
        watch->heads += in_view(watch, own, head_of(snake, tick));
    }
}

void arena_watch_compare(struct arena_watch *watch, size_t client, uint32_t tick, int x, int y)
{
    const struct watcher *watcher = &watch->watchers[client];
    const struct ouro_snapshot *snapshot = ouro_picture_snapshot(watcher->picture);
    struct place own;
    if (snapshot->tick != tick || !find_own(watcher, tick, &own))
        return;
    watch->compared++;
    watch->right += own.x == x && own.y == y;
    count_around(watch, watcher, tick, own);
}

static double average(uint64_t sum, uint64_t count)
{
    return count ? (double)sum / (double)count : 0;
}

struct arena_seen arena_watch_seen(const struct arena_watch *watch)
{
    return (struct arena_seen){
        .heads_in_view = average(watch->heads, watch->snapshots),
        .snakes = average(watch->snakes, watch->snapshots),
        .length = average(watch->length, watch->snakes),
        .right = average(watch->right, watch->compared),
    };
}
