/* SPDX-License-Identifier: MIT */
/* Testing a game in a simulation: the same duel, on two hundred days that never were. */
#include <ouro/net.h>
#include <ouro/sync.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAYS 200

/* --- the game: after "go", who presses first has won ------------------------------------------ */

static int say(struct ouro_stream *player, const char *line)
{
    return ouro_write(player, line, strlen(line), ouro_after(OURO_SEC(5)));
}

/* Both are told the same, and one who has gone does not keep the other waiting. */
static int referee(struct ouro_stream *players[2])
{
    char key[2];
    struct ouro_case pressed[] = {
        ouro_on_read(players[0], &key[0], 1),
        ouro_on_read(players[1], &key[1], 1),
    };
    ouro_sleep(OURO_SEC(1) + (int64_t)(ouro_random() % OURO_SEC(3)));
    say(players[0], "go\n");
    say(players[1], "go\n");
    int first = ouro_select(pressed, 2, ouro_after(OURO_SEC(10)));
    if (first >= 0 && pressed[first].result <= 0)
        first = 1 - first; /* it has not pressed, it has gone: the other one wins */
    for (int i = 0; i < 2; i++)
        say(players[i], first < 0 ? "draw\n" : i == first ? "you win\n" : "you lose\n");
    return first;
}

/* The server, as it would run for real: it knows nothing of simulations. */
static int serve_one_duel(void *address)
{
    struct ouro_listener *listener;
    struct ouro_stream *players[2] = {NULL};
    int rc = ouro_listen(address, NULL, &listener);
    for (int i = 0; rc >= 0 && i < 2; i++)
        rc = ouro_accept(listener, ouro_after(OURO_SEC(60)), &players[i]);
    if (rc >= 0)
        referee(players);
    for (int i = 0; i < 2; i++)
        ouro_stream_close(players[i]);
    ouro_listener_close(listener);
    return rc;
}

/* --- the players: one of them has a bad line -------------------------------------------------- */

struct player {
    const char *host;
    char heard[32]; /* all that it was told */
};

static void listen_to(struct player *self, struct ouro_stream *stream, const char *until)
{
    size_t len = strlen(self->heard);
    while (!strstr(self->heard, until)) {
        int rc = ouro_read(stream, self->heard + len, sizeof self->heard - 1 - len,
                           ouro_after(OURO_SEC(30)));
        if (rc <= 0)
            return;
        len += (size_t)rc;
    }
}

static int play(void *arg)
{
    struct player *self = arg;
    struct ouro_stream *stream;
    ouro_sim_host(self->host);
    int rc = ouro_connect("10.0.0.1:7000", ouro_after(OURO_SEC(30)), &stream);
    if (rc < 0)
        return rc;
    listen_to(self, stream, "go\n");
    ouro_sleep(OURO_MS(150) + (int64_t)(ouro_random() % OURO_MS(200)));
    ouro_write(stream, "x", 1, ouro_after(OURO_SEC(5)));
    listen_to(self, stream, "you");
    ouro_stream_close(stream);
    return 0;
}

/* --- the test --------------------------------------------------------------------------------- */

static bool won(const struct player *player)
{
    return strcmp(player->heard, "go\nyou win\n") == 0;
}

static bool lost(const struct player *player)
{
    return strcmp(player->heard, "go\nyou lose\n") == 0;
}

/* One day: 0, or what must not happen has happened. */
static int one_day(void *arg)
{
    static const struct ouro_sim_link bad_line = {
        .latency_ns = OURO_MS(30),
        .jitter_ns = OURO_MS(50),
        .stall_ppm = 50000,
        .stall_ns = OURO_MS(400),
    };
    struct player *players = arg;
    struct ouro_group group;
    ouro_sim_set_link("10.0.0.8", NULL, &bad_line);
    ouro_group_open(&group, ouro_after(OURO_SEC(120)));
    ouro_group_spawn(&group, serve_one_duel, (void *)(uintptr_t) "10.0.0.1:7000", NULL, NULL);
    ouro_sleep(OURO_MS(1)); /* the server is up */
    ouro_group_spawn(&group, play, &players[0], NULL, NULL);
    ouro_group_spawn(&group, play, &players[1], NULL, NULL);
    int rc = ouro_group_close(&group);
    if (rc < 0)
        return rc;
    bool one_winner =
        (won(&players[0]) && lost(&players[1])) || (lost(&players[0]) && won(&players[1]));
    return one_winner ? 0 : -EPROTO;
}

static void print_line(const char *line, void *ud)
{
    (void)ud;
    puts(line);
}

/* With a seed as argument: that day alone, and all that happens in it. */
int main(int argc, char **argv)
{
    uint64_t only = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
    int wins = 0;
    for (uint64_t seed = only ? only : 1; seed <= (only ? only : DAYS); seed++) {
        struct player players[2] = {{.host = "10.0.0.7"}, {.host = "10.0.0.8"}};
        struct ouro_sim_options options = {
            .time_ns_max = OURO_SEC(600),
            .shuffle = true,
            .trace = only ? print_line : NULL,
        };
        int rc = ouro_sim_run(seed, &options, one_day, players);
        if (rc < 0) {
            printf("%s on day %" PRIu64 "; to see it: %s %" PRIu64 "\n", ouro_error_name(rc), seed,
                   argv[0], seed);
            return 1;
        }
        wins += won(&players[0]);
    }
    printf("%d duels; the good line won %d\n", only ? 1 : DAYS, wins);
    return 0;
}
