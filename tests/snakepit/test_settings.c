/* SPDX-License-Identifier: MIT */
#include "server/settings.h"
#include "test.h"

#define WORDS_MAX 8

/* A NULL-ended vector for a call: words(...) lives as long as the block it stands in. */
#define words(...)           \
    (char * [WORDS_MAX + 1]) \
    {                        \
        __VA_ARGS__          \
    }

static char program[] = "snakepit";
static char fault[OURO_SETTINGS_FAULT_BYTES];

static struct snakepit_settings *load(char *const *argv, char *const *env)
{
    static struct snakepit_settings settings;
    int rc = snakepit_settings_load(argv, env, &settings, fault);
    ck_assert_msg(rc == 0, "%d: %s", rc, fault);
    return &settings;
}

static struct snakepit_settings *with(const char *flag)
{
    static char argument[8192]; /* what was loaded points into it */
    snprintf(argument, sizeof argument, "%s", flag);
    return load(words(program, argument), words(NULL));
}

/* Each flag alone is refused, with a sentence that has this part. */
static void expect_fault(const char *flag, const char *part)
{
    struct snakepit_settings settings;
    fault[0] = '\0';
    int rc = snakepit_settings_load(words(program, strdupa(flag)), words(NULL), &settings, fault);
    ck_assert_msg(rc == -OURO_ECONFIG, "%s was taken", flag);
    ck_assert_msg(strstr(fault, part), "\"%s\" is not in: %s", part, fault);
}

TEST(the_defaults_are_the_game_of_2016)
{
    struct snakepit_settings *s = load(words(program), words(NULL));
    struct classic_settings rules = classic_settings_default();
    ck_assert_int_eq(s->rules.width, rules.width);
    ck_assert_int_eq(s->rules.height, rules.height);
    ck_assert_int_eq(s->rules.length_start, rules.length_start);
    ck_assert_int_eq(s->rules.players_max, rules.players_max);
    ck_assert_uint_eq(s->rules.digit_ppm, rules.digit_ppm);
    ck_assert_uint_eq(s->rules.stone_ppm, rules.stone_ppm);
    ck_assert_int_eq(s->tick_ns, 434782609);
    ck_assert_uint_eq(s->top, 15);
    ck_assert(!s->seed_is_set);
}

TEST(the_defaults_of_the_server)
{
    struct snakepit_settings *s = load(words(program), words(NULL));
    ck_assert_str_eq(s->listen, "127.0.0.1:8080");
    ck_assert_ptr_null(s->pages);
    ck_assert(!s->access_log);
    ck_assert_str_eq(s->origins.items[0], "*");
    ck_assert_ptr_null(s->origins.items[1]);
    ck_assert_uint_eq(s->connections_max, 16384);
    ck_assert_uint_eq(s->connections_per_address_max, 4096);
    ck_assert_uint_eq(s->message_bytes_max, 4096);
    ck_assert_uint_eq(s->messages_per_second_max, 60);
    ck_assert_uint_eq(s->bad_messages_max, 3);
    ck_assert_uint_eq(s->queue_bytes_max, 262144);
    ck_assert_int_eq(s->ping_ns, OURO_SEC(20));
    ck_assert_int_eq(s->idle_ns_max, OURO_SEC(60));
    ck_assert_int_eq(s->new_player_ns_max, OURO_SEC(10));
}

TEST(the_defaults_of_the_doors)
{
    struct snakepit_settings *s = load(words(program), words(NULL));
    ck_assert_ptr_null(s->listen_plain);
    ck_assert_ptr_null(s->admin);
    ck_assert_ptr_null(s->tls.certificates.items[0]);
    ck_assert_ptr_null(s->trusted_proxies.items[0]);
    ck_assert_ptr_null(s->hosts.items[0]);
    ck_assert_int_eq(s->tls.version_min, OURO_TLS_1_2);
    ck_assert_uint_eq(s->tls.handshakes_max, 256);
    ck_assert_uint_eq(s->tls.handshakes_per_address_max, 64);
    ck_assert_int_eq(s->proxy_header, OURO_PROXY_X_FORWARDED_FOR);
    ck_assert_int_eq(s->socket.backlog, 4096);
    ck_assert_uint_eq(s->socket.mode, 0);
    ck_assert_int_eq(s->socket.unacked_ns_max, OURO_SEC(60));
    ck_assert_int_eq(s->socket.keepalive_ns, 0);
    ck_assert_int_eq(s->drain_ns, 0);
    ck_assert_uint_eq(s->arrivals_per_address_max, 5000);
    ck_assert_uint_eq(s->messages_per_address_max, 50000);
    ck_assert_int_eq(s->hello_ns_max, OURO_SEC(10));
    ck_assert_int_eq(s->http.head_ns_max, OURO_SEC(10));
    ck_assert_int_eq(s->http.send_ns_max, OURO_SEC(30));
    ck_assert_int_eq(s->http.idle_ns_max, OURO_SEC(60));
    ck_assert_uint_eq(s->http.requests_max, 1000);
}

TEST(every_flag_of_the_doors_reaches_its_member)
{
    ck_assert_str_eq(with("--listen=*:80,[::1]:81,unix:/x,systemd,systemd:web,fd:3")->listen,
                     "*:80,[::1]:81,unix:/x,systemd,systemd:web,fd:3");
    ck_assert_str_eq(with("--listen-plain=*:80")->listen_plain, "*:80");
    ck_assert_str_eq(with("--admin=127.0.0.1:9000")->admin, "127.0.0.1:9000");
    ck_assert_uint_eq(with("--socket-mode=0660")->socket.mode, 0660);
    ck_assert_int_eq(with("--backlog=9")->socket.backlog, 9);
    ck_assert_int_eq(with("--tcp-user-timeout=5s")->socket.unacked_ns_max, OURO_SEC(5));
    ck_assert_int_eq(with("--tcp-keepalive=5s")->socket.keepalive_ns, OURO_SEC(5));
    ck_assert_str_eq(with("--trusted-proxies=10.0.0.0/8,unix")->trusted_proxies.items[1], "unix");
    ck_assert_int_eq(with("--proxy-header=forwarded")->proxy_header, OURO_PROXY_FORWARDED);
    ck_assert_int_eq(with("--proxy-header=proxy-protocol")->proxy_header, OURO_PROXY_PROTOCOL);
    ck_assert_str_eq(with("--hosts=a.example,[::1]")->hosts.items[1], "[::1]");
    ck_assert_int_eq(with("--tls-version-min=1.3")->tls.version_min, OURO_TLS_1_3);
    ck_assert_uint_eq(with("--tls-handshakes-max=7")->tls.handshakes_max, 7);
    ck_assert_uint_eq(with("--tls-handshakes-per-address-max=7")->tls.handshakes_per_address_max,
                      7);
    ck_assert_int_eq(with("--drain-time=30s")->drain_ns, OURO_SEC(30));
    ck_assert_uint_eq(with("--arrivals-per-address-max=5")->arrivals_per_address_max, 5);
    ck_assert_uint_eq(with("--messages-per-address-max=5")->messages_per_address_max, 5);
    ck_assert_uint_eq(with("--joins-per-second-max=7")->joins_per_second_max, 7);
    ck_assert_int_eq(with("--hello-timeout=5s")->hello_ns_max, OURO_SEC(5));
    ck_assert_int_eq(with("--request-timeout=5s")->http.head_ns_max, OURO_SEC(5));
    ck_assert_int_eq(with("--send-timeout=5s")->http.send_ns_max, OURO_SEC(5));
    ck_assert_int_eq(with("--keep-alive-timeout=5s")->http.idle_ns_max, OURO_SEC(5));
    ck_assert_uint_eq(with("--requests-per-connection-max=5")->http.requests_max, 5);
}

TEST(certificates_and_keys_go_together)
{
    char certificates[] = "--tls-cert=a.pem,b.pem", one[] = "--tls-key=a.key",
         two[] = "--tls-key=a.key,b.key";
    struct snakepit_settings settings, *s = load(words(program, certificates, two), words(NULL));
    ck_assert_str_eq(s->tls.certificates.items[1], "b.pem");
    ck_assert_str_eq(s->tls.keys.items[1], "b.key");
    ck_assert_int_eq(
        snakepit_settings_load(words(program, certificates, one), words(NULL), &settings, fault),
        -OURO_ECONFIG);
    ck_assert_ptr_nonnull(strstr(fault, "--tls-cert and --tls-key go together"));
    expect_fault("--tls-key=a.key", "--tls-cert and --tls-key go together");
}

TEST(doors_that_are_none)
{
    expect_fault("--listen=127.0.0.1:80,", "--listen: ");
    expect_fault("--listen=systemd:", "--listen: ");
    expect_fault("--listen=system", "--listen: ");
    expect_fault("--listen=fd:", "--listen: ");
    expect_fault("--admin=9000", "--admin: ");
    expect_fault("--socket-mode=888", "--socket-mode: ");
    expect_fault("--socket-mode=0", "--socket-mode: ");
    expect_fault("--socket-mode=01777", "--socket-mode: ");
    expect_fault("--trusted-proxies=10.0.0.1/8", "--trusted-proxies: ");
    expect_fault("--trusted-proxies=proxy.example", "--trusted-proxies: ");
    expect_fault("--proxy-header=via", "--proxy-header: ");
    expect_fault("--hosts=https://a.example", "--hosts: ");
    expect_fault("--hosts=a.example:80", "--hosts: ");
    expect_fault("--hosts=a.example.", "--hosts: ");
    expect_fault("--hosts=::1", "--hosts: ");
    expect_fault("--tls-version-min=1.1", "--tls-version-min: ");
    expect_fault("--drain-time=5", "--drain-time: ");
}

TEST(every_flag_reaches_its_member)
{
    ck_assert_str_eq(with("--listen=*:0")->listen, "*:0");
    ck_assert_str_eq(with("--data=/srv/scores")->data, "/srv/scores");
    ck_assert_str_eq(with("--pages=web")->pages, "web");
    ck_assert(with("--access-log=on")->access_log && !with("--access-log=off")->access_log);
    ck_assert_int_eq(with("--tick-hz=60")->tick_ns, 16666667);
    ck_assert_int_eq(with("--players=256")->rules.players_max, 256);
    ck_assert_int_eq(with("--length=10")->rules.length_start, 10);
    ck_assert_uint_eq(with("--digit-rate=100%")->rules.digit_ppm, 1000000);
    ck_assert_uint_eq(with("--stone-rate=0")->rules.stone_ppm, 0);
    ck_assert_uint_eq(with("--top=100")->top, 100);
    ck_assert_uint_eq(with("--connections-max=1")->connections_max, 1);
    ck_assert_uint_eq(with("--connections-per-address-max=16")->connections_per_address_max, 16);
    ck_assert_uint_eq(with("--message-bytes-max=64k")->message_bytes_max, 65536);
    ck_assert_uint_eq(with("--messages-per-second-max=5")->messages_per_second_max, 5);
    ck_assert_uint_eq(with("--bad-messages-max=1")->bad_messages_max, 1);
    ck_assert_uint_eq(with("--queue-bytes-max=1m")->queue_bytes_max, 1048576);
    ck_assert_int_eq(with("--ping-interval=1s")->ping_ns, OURO_SEC(1));
    ck_assert_int_eq(with("--idle-timeout=5m")->idle_ns_max, OURO_SEC(300));
    ck_assert_int_eq(with("--new-player-timeout=500ms")->new_player_ns_max, OURO_MS(500));
}

TEST(every_flag_of_the_arena_reaches_its_member)
{
    ck_assert_uint_eq(with("--arena-size=4096")->arena.side, 4096);
    ck_assert_int_eq(with("--arena-tick-hz=20")->arena.tick_ns, OURO_MS(50));
    ck_assert_uint_eq(with("--arena-players-max=7")->arena.players_max, 7);
    ck_assert_uint_eq(with("--arena-bots=0")->arena.bots, 0);
    ck_assert_uint_eq(with("--arena-bot-processes=2")->arena.bot_processes, 2);
    ck_assert_uint_eq(with("--arena-food=2%")->arena.food_ppm, 20000);
    ck_assert_str_eq(with("--arena-record=tapes")->arena.record, "tapes");
    ck_assert_uint_eq(with("--arena-record-bytes-max=1m")->arena.record_bytes_max, 1048576);
    ck_assert_uint_eq(with("--arena-recordings-max=3")->arena.recordings_max, 3);
    ck_assert_int_eq(with("--arena-delay=10s")->arena.delay_ns, OURO_SEC(10));
    ck_assert(with("--arena-seed=0")->arena.seed_is_set && !with("--seed=0")->arena.seed_is_set);
}

TEST(the_dead_leave_food_whatever_is_sown)
{
    ck_assert_uint_eq(with("--arena-food=0%")->arena.rules.food_max, 50000);
    ck_assert_uint_eq(with("--arena-food=2%")->arena.rules.food_max, 100000);
    ck_assert_uint_eq(with("--arena-food=20%")->arena.rules.food_max, ARENA_FOOD_MAX);
}

TEST(the_defaults_of_the_arena)
{
    const struct snakepit_arena *arena = &load(words(program), words(NULL))->arena;
    ck_assert_uint_eq(arena->side, 1000);
    ck_assert_int_eq(arena->tick_ns, OURO_MS(100));
    ck_assert_uint_eq(arena->players_max, 10000);
    ck_assert_uint_eq(arena->bots, 40);
    ck_assert_ptr_null(arena->record);
    ck_assert(!arena->seed_is_set);
}

TEST(a_variable_sets_and_a_flag_goes_over_it)
{
    char variable[] = "SNAKEPIT_DIGIT_RATE=1%", flag[] = "--digit-rate=2%";
    ck_assert_uint_eq(load(words(program), words(variable))->rules.digit_ppm, 10000);
    ck_assert_uint_eq(load(words(program, flag), words(variable))->rules.digit_ppm, 20000);
}

TEST(a_seed_is_set_or_not)
{
    struct snakepit_settings *s = with("--seed=0");
    ck_assert(s->seed_is_set);
    ck_assert_uint_eq(s->seed, 0);
    s = with("--seed=9223372036854775807");
    ck_assert(s->seed_is_set);
    ck_assert_uint_eq(s->seed, INT64_MAX);
    expect_fault("--seed=9223372036854775808", "--seed: ");
    expect_fault("--seed=-1", "--seed: ");
}

TEST(a_field_is_two_whole_numbers)
{
    struct snakepit_settings *s = with("--field=500x400");
    ck_assert_int_eq(s->rules.width, 500);
    ck_assert_int_eq(s->rules.height, 400);
    static const char *const wrong[] = {
        "",       "x",      "50",     "50x",    "x25",    "50x25x1", "50 x 25",           "50X25",
        "501x25", "50x501", "-50x25", "50.5x9", "nanx25", "50x25 ",  "00000000000050x25",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char flag[64];
        snprintf(flag, sizeof flag, "--field=%s", wrong[i]);
        expect_fault(flag, " is not a WIDTHxHEIGHT in cells such as 50x25, with 500 at most");
    }
}

TEST(origins_are_written_as_browsers_write_them)
{
    struct snakepit_settings *s = with("--origins=https://example.org, http://[::1]:3000,null");
    ck_assert_str_eq(s->origins.items[0], "https://example.org");
    ck_assert_str_eq(s->origins.items[1], "http://[::1]:3000");
    ck_assert_str_eq(s->origins.items[2], "null");
    ck_assert_ptr_null(s->origins.items[3]);
    ck_assert_ptr_null(with("--origins=own")->origins.items);
    static const char *const wrong[] = {
        "",
        "example.org",
        "https://",
        "://a",
        "https://a/",
        "https://a/page",
        "https://a,own",
        "https://a,",
        "https://a?b",
        "https://me@a",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char flag[64];
        snprintf(flag, sizeof flag, "--origins=%s", wrong[i]);
        expect_fault(flag, "\" is not *, own, or a list of 32 origins at most");
    }
}

TEST(the_bounds_are_named_with_the_flag)
{
    expect_fault("--players=0", "--players: \"0\" is not a whole number, from 1 to 256");
    expect_fault("--players=257", "from 1 to 256");
    expect_fault("--length=1", "--length: \"1\" is not a whole number, from 2 to 500");
    expect_fault("--top=101", "from 1 to 100");
    expect_fault("--tick-hz=0.09", "from 0.1 to 1000");
    expect_fault("--tick-hz=1000.1", "from 0.1 to 1000");
    expect_fault("--digit-rate=101%", "from 0% to 100%");
    expect_fault("--queue-bytes-max=1k", "from 16k to 64m");
    expect_fault("--idle-timeout=25h", "from 200ms to 24h");
}

TEST(what_only_together_is_wrong_names_both)
{
    expect_fault("--field=50x9", "--field 50x9 with --length 3: the field is too small");
    expect_fault("--field=18x25", "--field 18x25 with --length 3: the field is too narrow");
    expect_fault("--length=11", "--field 50x25 with --length 11: the field is too small");
    ck_assert_int_eq(with("--length=10")->rules.length_start, 10);
    expect_fault("--idle-timeout=20s", "--ping-interval must be shorter than --idle-timeout");
    expect_fault("--arena-players-max=20000", "the number of snakes must be 1 to 20000");
    expect_fault("--arena-players-max=19961", "--arena-players-max 19961, --arena-bots 40");
    expect_fault("--ping-interval=60s", "--ping-interval must be shorter than --idle-timeout");
}

TEST(the_scores_lie_where_the_desktop_says)
{
    char home[] = "HOME=/home/me", xdg[] = "XDG_DATA_HOME=/data", relative[] = "XDG_DATA_HOME=data",
         nowhere[] = "HOME=", variable[] = "SNAKEPIT_DATA=here";
    ck_assert_str_eq(load(words(program), words(home, xdg))->data, "/data/snakepit");
    ck_assert_str_eq(load(words(program), words(home))->data, "/home/me/.local/share/snakepit");
    ck_assert_str_eq(load(words(program), words(home, relative))->data,
                     "/home/me/.local/share/snakepit");
    ck_assert_str_eq(load(words(program), words(nowhere))->data, "./data");
    ck_assert_str_eq(load(words(program), words(NULL))->data, "./data");
    ck_assert_str_eq(load(words(program), words(home, xdg, variable))->data, "here");
}

TEST(a_folder_leaves_room_for_a_files_name)
{
    char flag[8192] = "--data=", home[8192] = "HOME=/";
    memset(flag + 7, 'd', 4000);
    ck_assert_uint_eq(strlen(with(flag)->data), 4000);
    flag[4007] = 'd';
    expect_fault(flag, "--data: the folder's path is too long: 4000 bytes at most");
    struct snakepit_settings settings;
    memset(home + 6, 'h', 4000);
    ck_assert_int_eq(snakepit_settings_load(words(program), words(home), &settings, fault),
                     -OURO_ECONFIG);
    ck_assert_ptr_nonnull(strstr(fault, "--data: the folder's path is too long"));
}

TEST(help_and_version_are_answers)
{
    char help[] = "--help", version[] = "--version";
    struct snakepit_settings settings;
    ck_assert_int_eq(snakepit_settings_load(words(program, help), words(NULL), &settings, fault),
                     OURO_SETTINGS_HELP);
    ck_assert_int_eq(snakepit_settings_load(words(program, version), words(NULL), &settings, fault),
                     OURO_SETTINGS_VERSION);
}

/* --- help and the document ------------------------------------------------------------------- */

static struct ouro_buf help_text(void)
{
    struct ouro_buf text = {0};
    ouro_settings_help(&snakepit_settings, &text);
    ouro_buf_putc(&text, '\0');
    ck_assert(!ouro_buf_failed(&text));
    return text;
}

TEST(help_has_every_flag_with_its_default_and_variable)
{
    struct ouro_buf text = help_text();
    int rows = 0;
    for (const struct ouro_setting_table *table = snakepit_settings.tables; table->rows; table++)
        for (const struct ouro_setting *row = table->rows; row->flag; row++, rows++) {
            char line[256];
            snprintf(line, sizeof line, "  --%s %s\n      %s\n      default: %s", row->flag,
                     row->placeholder, row->help, row->initial ? row->initial : row->unset);
            const char *at = strstr(text.data, line);
            ck_assert_msg(at, "not in the help: %s", line);
            ck_assert(strncmp(strstr(at, "variable: "), "variable: SNAKEPIT_", 19) == 0);
        }
    ck_assert_int_eq(rows, 56);
    ouro_buf_done(&text);
}

TEST(help_fits_a_page_of_a_hundred_columns)
{
    struct ouro_buf text = help_text();
    for (const char *line = text.data; *line; line += strcspn(line, "\n") + 1)
        ck_assert_msg(strcspn(line, "\n") <= 100, "too long: %s", line);
    ouro_buf_done(&text);
}

/* Without the lines that say the version, which would make each release edit the document. */
TEST(the_document_has_what_help_says)
{
    char document[65536];
    FILE *file = fopen(OURO_SOURCE_DIR "/docs/settings.md", "r");
    ck_assert_msg(file, "docs/settings.md can't be read");
    size_t len = fread(document, 1, sizeof document - 1, file);
    document[len] = '\0';
    fclose(file);
    struct ouro_buf text = help_text();
    ck_assert_msg(strstr(document, strstr(text.data, "\nServer\n")),
                  "docs/settings.md is not what `snakepit --help` prints; copy it there from "
                  "\"Server\" on");
    ouro_buf_done(&text);
}
