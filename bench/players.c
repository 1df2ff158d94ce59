/* SPDX-License-Identifier: MIT */
#include "players.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "measure.h"

#define JOIN_RETRY_NS  (500 * BENCH_MS) /* a refused join ("no room") is tried again then */
#define TICKS_PER_TURN 8
#define KEY_FIRST      37 /* left; up, right and down follow */

void players_init(struct players *players, size_t first, size_t count, double tick_hz)
{
    memset(players, 0, sizeof *players);
    players->count = count;
    players->tick_hz = tick_hz;
    players->seed = 1;
    for (size_t i = 0; i < count; i++)
        players->player[i].client = first + i;
}

/* Knuth's MMIX generator, its upper bits: enough to choose a direction. */
static uint32_t choose(struct players *players, uint32_t bound)
{
    players->seed = players->seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(players->seed >> 33) % bound;
}

/* The next number in the text, or an empty string. */
static void read_id(const char *text, char *id, size_t id_bytes)
{
    size_t len = 0;
    while (*text && !isdigit((unsigned char)*text))
        text++;
    while (len < id_bytes - 1 && isdigit((unsigned char)text[len])) {
        id[len] = text[len];
        len++;
    }
    id[len] = 0;
}

/* ["handshake", name, id]: the names that the load generator gives may hold digits, so the id is
 * looked for behind the comma that follows the name. */
static void learn_id(struct player *player, const char *handshake)
{
    const char *name = strchr(handshake, ',');
    const char *id = name ? strchr(name + 1, ',') : NULL;
    if (id)
        read_id(id, player->id, sizeof player->id);
}

static bool names(const struct player *player, const char *payload, const char *command)
{
    for (const char *at = strstr(payload, command); at; at = strstr(at + 1, command)) {
        char id[sizeof player->id];
        read_id(at, id, sizeof id);
        if (*id && strcmp(id, player->id) == 0)
            return true;
    }
    return false;
}

static struct player *find(struct players *players, size_t client)
{
    for (size_t i = 0; i < players->count; i++)
        if (players->player[i].client == client)
            return &players->player[i];
    return NULL;
}

void players_see(struct players *players, const struct load_frame *frame)
{
    struct player *player = find(players, frame->client);
    if (!player)
        return;
    const char *handshake = strstr(frame->payload, "\"handshake\"");
    if (handshake)
        learn_id(player, handshake);
    if (names(player, frame->payload, "\"p_joined\""))
        player->alive = true;
    if (names(player, frame->payload, "\"p_gameover\"")) {
        player->alive = false;
        player->join_ns = 0;
    }
}

static void steer(struct players *players, struct player *player, struct load *load, int64_t now)
{
    char key[4];
    uint32_t ticks = 1 + choose(players, 2 * TICKS_PER_TURN);
    snprintf(key, sizeof key, "%u", (KEY_FIRST + choose(players, 4)) % 100);
    load_send(load, player->client, key);
    player->turn_ns = now + (int64_t)(ticks * 1e9 / players->tick_hz);
}

void players_act(struct players *players, struct load *load, int64_t now_ns)
{
    for (size_t i = 0; i < players->count; i++) {
        struct player *player = &players->player[i];
        if (player->alive && now_ns >= player->turn_ns)
            steer(players, player, load, now_ns);
        if (!player->alive && now_ns >= player->join_ns) {
            load_send(load, player->client, "[\"join\"]");
            player->join_ns = now_ns + JOIN_RETRY_NS;
        }
    }
}
