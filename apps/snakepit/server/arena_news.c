/* SPDX-License-Identifier: MIT */
#include "server/arena_news.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define MAP_CELLS (ARENA_MAP_SIDE * ARENA_MAP_SIDE)

/* --- the feed --------------------------------------------------------------------------------- */

static void add_kill(struct arena_news *news, const struct arena_kill *kill)
{
    uint32_t place = news->count;
    while (place > 0 && news->feed[place - 1].score < kill->score)
        place--;
    if (place == ARENA_FEED_MAX)
        return;
    if (news->count < ARENA_FEED_MAX)
        news->count++;
    memmove(&news->feed[place + 1], &news->feed[place],
            (news->count - 1 - place) * sizeof news->feed[0]);
    news->feed[place] = *kill;
}

void arena_news_death(struct arena_news *news, const struct arena_stage *stage,
                      const struct arena_death *death)
{
    struct arena_kill kill = {.score = death->score};
    const struct arena_entrant *by = NULL;
    if (death->why == ARENA_LEFT)
        return;
    if (death->by && death->why != ARENA_SELF)
        by = arena_roster_find(&stage->roster, death->by);
    snprintf(kill.by, sizeof kill.by, "%s", by ? by->owner.face.name : "");
    snprintf(kill.who, sizeof kill.who, "%s", death->entrant->owner.face.name);
    add_kill(news, &kill);
}

static json_t *feed_of(const struct arena_news *news)
{
    json_t *feed = json_array();
    for (uint32_t i = 0; i < news->count; i++) {
        const struct arena_kill *kill = &news->feed[i];
        json_array_append_new(feed,
                              json_pack("[s, s, I]", kill->by, kill->who, (json_int_t)kill->score));
    }
    return feed;
}

/* --- the map ---------------------------------------------------------------------------------- */

static void count_heads(const struct arena_world *world, uint32_t counts[MAP_CELLS])
{
    const struct arena_settings *settings = arena_settings(world);
    struct arena_snake snake;
    uint32_t numbers = arena_snake_numbers(world);
    for (uint32_t i = 0; i < numbers; i++) {
        if (!arena_snake(world, i, &snake))
            continue;
        int column = snake.x * ARENA_MAP_SIDE / settings->width;
        int row = snake.y * ARENA_MAP_SIDE / settings->height;
        counts[row * ARENA_MAP_SIDE + column]++;
    }
}

/* 0: nobody; 9: as many as in the fullest place. */
static void draw_map(const struct arena_world *world, char ret_map[MAP_CELLS + 1])
{
    uint32_t counts[MAP_CELLS] = {0}, most = 1;
    count_heads(world, counts);
    for (int i = 0; i < MAP_CELLS; i++)
        most = counts[i] > most ? counts[i] : most;
    for (int i = 0; i < MAP_CELLS; i++)
        ret_map[i] = (char)('0' + (9 * counts[i] + most - 1) / most);
    ret_map[MAP_CELLS] = '\0';
}

json_t *arena_news_take(struct arena_news *news, const struct arena_world *world, uint32_t watching)
{
    char map[MAP_CELLS + 1];
    draw_map(world, map);
    json_t *feed = feed_of(news);
    news->count = 0;
    return json_pack("{s:I, s:I, s:s, s:o}", "living", (json_int_t)arena_living(world), "watching",
                     (json_int_t)watching, "map", map, "feed", feed);
}
