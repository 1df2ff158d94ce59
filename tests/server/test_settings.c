/* SPDX-License-Identifier: MIT */
/* The machinery, on two tables of its own: every type, every source, every sentence. */
#include "ouro/server.h"
#include "test.h"

#include <limits.h>
#include <sys/wait.h>
#include <unistd.h>

struct door {
    const char *listen;
    struct ouro_setting_items names;
};

struct values {
    int32_t count;
    uint32_t ppm, bytes;
    int64_t period_ns, wait_ns, large;
    const char *title, *folder;
    char letter;
    struct door door;
};

static int parse_letter(const char *text, void *ret_member)
{
    if (!*text || text[1])
        return -EINVAL;
    *(char *)ret_member = *text;
    return 0;
}

static const struct ouro_setting_type letter = {.takes = "one letter", .parse = parse_letter};

#define AT(member) OURO_SETTING_MEMBER(struct values, member)

static const struct ouro_setting rows[] = {
    {"count", "N", &ouro_setting_integer, "7", .least = "2", .most = "2147483647", AT(count),
     .help = "how many"},
    {"rate", "SHARE", &ouro_setting_share, "6%", .least = "0", .most = "1", AT(ppm),
     .help = "how often"},
    {"size", "SIZE", &ouro_setting_size, "64k", .least = "1", .most = "1g", AT(bytes),
     .help = "how large"},
    {"tick-hz", "HZ", &ouro_setting_hertz, "2.3", .least = "0.1", .most = "60", AT(period_ns),
     .help = "how fast"},
    {"wait", "TIME", &ouro_setting_duration, "10s", .least = "0s", .most = "1000000h", AT(wait_ns),
     .help = "how long"},
    {"large", "N", &ouro_setting_integer, "0", .least = "0", .most = "9223372036854775807",
     AT(large), .help = "a wide one"},
    {"title", "TEXT", &ouro_setting_text, "none", AT(title), .help = "its name"},
    {"folder", "DIR", &ouro_setting_text, .unset = "somewhere", AT(folder), .help = "its place"},
    {"letter", "X", &letter, "a", AT(letter), .help = "a type of our own"},
    {0},
};

#define DOOR_AT(member) OURO_SETTING_MEMBER(struct door, member)

static const struct ouro_setting door_rows[] = {
    {"listen", "HOST:PORT", &ouro_setting_address, "127.0.0.1:8080", DOOR_AT(listen),
     .help = "where"},
    {"names", "LIST", &ouro_setting_list, "*", DOOR_AT(names), .help = "who"},
    {0},
};

static const struct ouro_setting_table tables[] = {
    {"General", rows, 0},
    {"Door", door_rows, offsetof(struct values, door)},
    {0},
};

static const struct ouro_settings settings = {
    .program = "thing",
    .version = "1.2.3",
    .summary = "what it is",
    .environment = "THING_",
    .also = "       thing again\n",
    .tables = tables,
};

#define WORDS_MAX 8

/* A NULL-ended vector for a call: words(...) lives as long as the block it stands in. */
#define words(...)           \
    (char * [WORDS_MAX + 1]) \
    {                        \
        __VA_ARGS__          \
    }

static char program[] = "thing";
static char fault[OURO_SETTINGS_FAULT_BYTES];

static struct values *load(char *const *argv, char *const *env)
{
    static struct values values;
    values = (struct values){0};
    int rc = ouro_settings_load(&settings, argv, env, &values, fault);
    ck_assert_msg(rc == 0, "%d: %s", rc, fault);
    return &values;
}

/* One setting by its flag. */
static struct values *with(const char *flag)
{
    static char argument[4096]; /* what was loaded points into it */
    snprintf(argument, sizeof argument, "%s", flag);
    return load(words(program, argument), words(NULL));
}

static void expect_fault(char *const *argv, char *const *env, const char *sentence)
{
    struct values values = {0};
    fault[0] = '\0';
    ck_assert_int_eq(ouro_settings_load(&settings, argv, env, &values, fault), -OURO_ECONFIG);
    ck_assert_str_eq(fault, sentence);
}

/* Each of the texts is refused, as a flag and as a variable, in the same words. */
static void expect_refused(const char *flag, const char *variable, const char *allowed,
                           const char *const *texts)
{
    for (; *texts; texts++) {
        char argument[4096], sentence[4096];
        snprintf(argument, sizeof argument, "--%s=%s", flag, *texts);
        snprintf(sentence, sizeof sentence, "--%s: \"%s\" is not %s", flag, *texts, allowed);
        expect_fault(words(program, argument), words(NULL), sentence);
        if (!**texts)
            continue; /* an empty variable is one that is not set */
        snprintf(argument, sizeof argument, "%s=%s", variable, *texts);
        snprintf(sentence, sizeof sentence, "%s: \"%s\" is not %s", variable, *texts, allowed);
        expect_fault(words(program), words(argument), sentence);
    }
}

#define texts(...)        \
    (const char *const[]) \
    {                     \
        __VA_ARGS__, NULL \
    }

/* --- sources --------------------------------------------------------------------------------- */

TEST(without_any_word_the_defaults_hold)
{
    struct values *v = load(words(program), words(NULL));
    ck_assert_int_eq(v->count, 7);
    ck_assert_uint_eq(v->ppm, 60000);
    ck_assert_uint_eq(v->bytes, 65536);
    ck_assert_int_eq(v->period_ns, 434782609);
    ck_assert_int_eq(v->wait_ns, OURO_SEC(10));
    ck_assert_str_eq(v->title, "none");
    ck_assert_ptr_null(v->folder);
    ck_assert_int_eq(v->letter, 'a');
    ck_assert_str_eq(v->door.listen, "127.0.0.1:8080");
    ck_assert_str_eq(v->door.names.items[0], "*");
    ck_assert_ptr_null(v->door.names.items[1]);
}

TEST(a_program_without_even_a_name_starts)
{
    ck_assert_int_eq(load(words(NULL), words(NULL))->count, 7);
}

TEST(a_setting_without_default_keeps_what_was_there)
{
    struct values values = {.folder = "mine"};
    ck_assert_int_eq(ouro_settings_load(&settings, words(program), words(NULL), &values, fault), 0);
    ck_assert_str_eq(values.folder, "mine");
}

TEST(a_variable_goes_over_the_default_and_a_flag_over_the_variable)
{
    char variable[] = "THING_TICK_HZ=10", other[] = "THING_TITLE=of the environment";
    char flag[] = "--tick-hz", value[] = "20";
    struct values *v = load(words(program), words(variable, other));
    ck_assert_int_eq(v->period_ns, OURO_MS(100));
    ck_assert_str_eq(v->title, "of the environment");
    v = load(words(program, flag, value), words(variable, other));
    ck_assert_int_eq(v->period_ns, OURO_MS(50));
    ck_assert_str_eq(v->title, "of the environment");
}

TEST(both_spellings_of_a_flag_reach_every_table)
{
    char a[] = "--listen=[::1]:0", b[] = "--count", c[] = "5", d[] = "--title=a=b --c";
    struct values *v = load(words(program, a, b, c, d), words(NULL));
    ck_assert_str_eq(v->door.listen, "[::1]:0");
    ck_assert_int_eq(v->count, 5);
    ck_assert_str_eq(v->title, "a=b --c");
}

TEST(the_last_flag_of_a_name_wins)
{
    char a[] = "--count=5", b[] = "--names=a,b,c", c[] = "--count", d[] = "6", e[] = "--names=d";
    struct values *v = load(words(program, a, b, c, d, e), words(NULL));
    ck_assert_int_eq(v->count, 6);
    ck_assert_str_eq(v->door.names.items[0], "d");
    ck_assert_ptr_null(v->door.names.items[1]);
}

TEST(an_empty_variable_is_not_set_and_others_are_not_looked_at)
{
    char empty[] = "THING_COUNT=", longer[] = "THING_COUNTER=3", shorter[] = "THING_COUN=4",
         foreign[] = "THING_PORT=tcp://10.0.0.1:80", bare[] = "THING_COUNT";
    ck_assert_int_eq(load(words(program), words(bare, empty, longer, shorter, foreign))->count, 7);
}

TEST(a_wrong_variable_is_a_fault_even_below_a_right_flag)
{
    char variable[] = "THING_COUNT=x", flag[] = "--count=5";
    expect_fault(words(program, flag), words(variable),
                 "THING_COUNT: \"x\" is not a whole number, from 2 to 2147483647");
}

TEST(a_variable_is_found_by_its_whole_name)
{
    char empty[] = "A=", set[] = "AB=1", again[] = "A=2";
    ck_assert_ptr_null(ouro_settings_variable(words(empty, set), "A"));
    ck_assert_ptr_null(ouro_settings_variable(words(set), "A"));
    ck_assert_ptr_null(ouro_settings_variable(words(NULL), "A"));
    ck_assert_str_eq(ouro_settings_variable(words(set, again), "A"), "2");
}

/* --- types ----------------------------------------------------------------------------------- */

TEST(whole_numbers)
{
    ck_assert_int_eq(with("--count=2")->count, 2);
    ck_assert_int_eq(with("--count=2147483647")->count, INT_MAX);
    ck_assert_int_eq(with("--count=0000000000000000000000000012")->count, 12);
    ck_assert_int_eq(with("--large=9223372036854775807")->large, INT64_MAX);
    expect_refused("count", "THING_COUNT", "a whole number, from 2 to 2147483647",
                   texts("", "1", "0", "-5", "+5", " 5", "5 ", "5x", "x", "0x10", "1e3", "2.5",
                         "5.", ".5", "2147483648", "4294967298", "9223372036854775808",
                         "18446744073709551618", "nan", "inf", "-"));
}

TEST(shares_are_exact_to_a_millionth)
{
    ck_assert_uint_eq(with("--rate=6%")->ppm, 60000);
    ck_assert_uint_eq(with("--rate=0.06")->ppm, 60000);
    ck_assert_uint_eq(with("--rate=12.3456%")->ppm, 123456);
    ck_assert_uint_eq(with("--rate=0.000001")->ppm, 1);
    ck_assert_uint_eq(with("--rate=0")->ppm, 0);
    ck_assert_uint_eq(with("--rate=100%")->ppm, 1000000);
    ck_assert_uint_eq(with("--rate=1.000000000")->ppm, 1000000);
    expect_refused("rate", "THING_RATE",
                   "a share such as 6% or 0.06, in steps of 0.0001%, from 0 to 1",
                   texts("", "%", "6", "101%", "100.0001%", "1.000001", "-6%", "6%%", "6 %",
                         "0.0000001", "0.00001%", "0.0600000000000", "6e-2", "nan", "inf%", "6,5%",
                         "92233720368547758079%"));
}

TEST(sizes_have_powers_of_1024)
{
    ck_assert_uint_eq(with("--size=1")->bytes, 1);
    ck_assert_uint_eq(with("--size=4096")->bytes, 4096);
    ck_assert_uint_eq(with("--size=64K")->bytes, 65536);
    ck_assert_uint_eq(with("--size=1.5k")->bytes, 1536);
    ck_assert_uint_eq(with("--size=2m")->bytes, 2097152);
    ck_assert_uint_eq(with("--size=1g")->bytes, 1073741824);
    expect_refused("size", "THING_SIZE", "a size in bytes such as 4096, 64k or 2m, from 1 to 1g",
                   texts("", "0", "k", "0.3k", "1.5", "-1k", "64kb", "64 k", "64kk", "1t", "2g",
                         "9007199254740992k", "nan", "inf"));
}

TEST(frequencies_become_periods_without_drift)
{
    ck_assert_int_eq(with("--tick-hz=2.3")->period_ns, 434782609); /* 434,782,608.7 */
    ck_assert_int_eq(with("--tick-hz=0.1")->period_ns, OURO_SEC(10));
    ck_assert_int_eq(with("--tick-hz=60")->period_ns, 16666667);
    ck_assert_int_eq(with("--tick-hz=3")->period_ns, 333333333);
    ck_assert_int_eq(with("--tick-hz=29.97")->period_ns, 33366700);
    ck_assert_int_eq(with("--tick-hz=2.300000000")->period_ns, 434782609);
    expect_refused("tick-hz", "THING_TICK_HZ",
                   "a frequency in Hz such as 2.3, with 9 decimal places at most, from 0.1 to 60",
                   texts("", "0", "0.0", "0.099", "60.001", "61", "-2.3", "2.3hz", "2,3", "2.3.4",
                         "2.", ".3", "1e1", "nan", "inf", "2.3000000000", "9223372036854775807",
                         "99999999999999999999"));
}

TEST(durations_have_a_unit)
{
    ck_assert_int_eq(with("--wait=10s")->wait_ns, OURO_SEC(10));
    ck_assert_int_eq(with("--wait=500ms")->wait_ns, OURO_MS(500));
    ck_assert_int_eq(with("--wait=1.5s")->wait_ns, OURO_MS(1500));
    ck_assert_int_eq(with("--wait=7us")->wait_ns, OURO_US(7));
    ck_assert_int_eq(with("--wait=1ns")->wait_ns, 1);
    ck_assert_int_eq(with("--wait=0s")->wait_ns, 0);
    ck_assert_int_eq(with("--wait=5m")->wait_ns, OURO_SEC(300));
    ck_assert_int_eq(with("--wait=24h")->wait_ns, OURO_SEC(86400));
    expect_refused("wait", "THING_WAIT",
                   "a duration such as 500ms, 1.5s or 5m, from 0s to 1000000h",
                   texts("", "10", "s", "-1s", "1.5ns", "1 s", "1s2", "1d", "1000001h", "2562048h",
                         "9223372036854775807s", "nans", "infs"));
}

TEST(texts_have_something_in_them)
{
    ck_assert_str_eq(with("--title= ")->title, " ");
    expect_refused("title", "THING_TITLE", "a text with something in it", texts(""));
}

TEST(addresses_are_those_one_can_listen_on)
{
    const char *const *good =
        texts("127.0.0.1:0", "*:65535", "localhost:80", "[::]:8080", "unix:/run/thing");
    for (; *good; good++) {
        char flag[64];
        snprintf(flag, sizeof flag, "--listen=%s", *good);
        ck_assert_str_eq(with(flag)->door.listen, *good);
    }
    expect_refused("listen", "THING_LISTEN",
                   "an address: HOST:PORT with HOST in numbers, localhost or *; [IPV6]:PORT; "
                   "unix:PATH; fd:NUMBER",
                   texts("", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
                         "127.0.0.1:80x", "256.0.0.1:80", "::1:80", "unix:", "example.org:80"));
}

TEST(lists_are_split_and_trimmed)
{
    struct ouro_setting_items *names = &with("--names= a b ,c,  d")->door.names;
    ck_assert_str_eq(names->items[0], "a b");
    ck_assert_str_eq(names->items[1], "c");
    ck_assert_str_eq(names->items[2], "d");
    ck_assert_ptr_null(names->items[3]);
    expect_refused("names", "THING_NAMES",
                   "a list such as a,b (32 texts at most, none of them empty, shorter than 2048 "
                   "bytes in all)",
                   texts("", " ", ",", "a,", ",a", "a,,b", "a, ,b"));
}

/* "x,x,x": so many. */
static const char *items(size_t count)
{
    static char flag[sizeof "--names=" + 2 * 64] = "--names=";
    char *end = flag + strlen("--names=");
    for (size_t i = 0; i < count; i++)
        end = stpcpy(end, i ? ",x" : "x");
    return flag;
}

TEST(a_list_has_bounds)
{
    ck_assert_ptr_nonnull(with(items(32))->door.names.items[31]);
    ck_assert_ptr_null(with(items(32))->door.names.items[32]);
    struct values values;
    char many[256], flag[4096] = "--names=";
    snprintf(many, sizeof many, "%s", items(33));
    ck_assert_int_eq(
        ouro_settings_load(&settings, words(program, many), words(NULL), &values, fault),
        -OURO_ECONFIG);
    size_t name = strlen(flag);
    memset(flag + name, 'y', 2047);
    ck_assert_uint_eq(strlen(with(flag)->door.names.items[0]), 2047);
    memset(flag + name, 'y', 2048);
    ck_assert_int_eq(
        ouro_settings_load(&settings, words(program, flag), words(NULL), &values, fault),
        -OURO_ECONFIG);
}

TEST(a_type_of_the_programs_own)
{
    ck_assert_int_eq(with("--letter=z")->letter, 'z');
    expect_refused("letter", "THING_LETTER", "one letter", texts("", "zz"));
}

/* --- what is said ---------------------------------------------------------------------------- */

TEST(a_flag_without_its_value_is_named)
{
    char count[] = "--count", title[] = "--title", equals[] = "--count=";
    const char *sentence = "--count needs a value: a whole number, from 2 to 2147483647";
    expect_fault(words(program, count), words(NULL), sentence);
    expect_fault(words(program, count, title), words(NULL), sentence);
    expect_fault(words(program, equals), words(NULL),
                 "--count: \"\" is not a whole number, from 2 to 2147483647");
}

TEST(a_value_may_begin_with_dashes_behind_an_equals_sign)
{
    ck_assert_str_eq(with("--title=--count")->title, "--count");
}

TEST(an_unknown_flag_is_named_and_a_near_one_offered)
{
    static const char *const typos[][2] = {
        {"--coutn", "there is no setting --coutn; did you mean --count?"},
        {"--tickhz=3", "there is no setting --tickhz; did you mean --tick-hz?"},
        {"--tick_hz", "there is no setting --tick_hz; did you mean --tick-hz?"},
        {"--counts", "there is no setting --counts; did you mean --count?"},
        {"--COUNT", "there is no setting --COUNT; --help lists all"},
        {"--cxxnt", "there is no setting --cxxnt; did you mean --count?"},
        {"--cxxxt", "there is no setting --cxxxt; --help lists all"},
        {"--recount", "there is no setting --recount; did you mean --count?"},
        {"--wwwwwwcount", "there is no setting --wwwwwwcount; --help lists all"},
        {"--port", "there is no setting --port; --help lists all"},
        {"--", "there is no setting --; --help lists all"},
        {"--=5", "there is no setting --; --help lists all"},
    };
    for (size_t i = 0; i < sizeof typos / sizeof *typos; i++)
        expect_fault(words(program, strdupa(typos[i][0])), words(NULL), typos[i][1]);
}

TEST(what_is_no_flag_at_all_is_named)
{
    char count[] = "--count", five[] = "5", stray[] = "stray", dash[] = "-c", none[] = "";
    expect_fault(words(program, count, five, stray), words(NULL),
                 "\"stray\" is not a setting: --help lists them");
    expect_fault(words(program, dash), words(NULL), "\"-c\" is not a setting: --help lists them");
    expect_fault(words(program, none), words(NULL), "\"\" is not a setting: --help lists them");
}

TEST(a_long_or_ugly_value_is_shown_in_part_on_one_line)
{
    char ugly[] = "--count=1\n\033[31m\x7f", flag[1024] = "--count=";
    expect_fault(words(program, ugly), words(NULL),
                 "--count: \"1??[31m?\" is not a whole number, from 2 to 2147483647");
    /* Two bytes a letter: the cut must not go through one. */
    for (int i = 0; i < 100; i++)
        memcpy(flag + 8 + 2 * i, "\xc3\xa9", 2);
    struct values values;
    ck_assert_int_eq(
        ouro_settings_load(&settings, words(program, flag), words(NULL), &values, fault),
        -OURO_ECONFIG);
    ck_assert(ouro_utf8_valid(fault, strlen(fault)));
    ck_assert_ptr_nonnull(strstr(fault, "\xc3\xa9...\" is not a whole number"));
    flag[8] = 'x';
    flag[9] = 'y'; /* the same, one byte further */
    memmove(flag + 9, flag + 10, strlen(flag + 9));
    ck_assert_int_eq(
        ouro_settings_load(&settings, words(program, flag), words(NULL), &values, fault),
        -OURO_ECONFIG);
    ck_assert(ouro_utf8_valid(fault, strlen(fault)));
}

TEST(a_name_beyond_all_bounds_is_only_unknown)
{
    char flag[10000];
    memset(flag, '-', sizeof flag);
    flag[sizeof flag - 1] = '\0';
    struct values values;
    ck_assert_int_eq(
        ouro_settings_load(&settings, words(program, flag), words(NULL), &values, fault),
        -OURO_ECONFIG);
    ck_assert_ptr_nonnull(strstr(fault, "there is no setting ----"));
    ck_assert_uint_lt(strlen(fault), 200);
}

/* --- help and version ------------------------------------------------------------------------ */

TEST(help_and_version_come_before_any_fault)
{
    char wrong[] = "--count=x", help[] = "--help", h[] = "-h", version[] = "--version",
         variable[] = "THING_COUNT=x";
    struct values values;
    ck_assert_int_eq(
        ouro_settings_load(&settings, words(program, wrong, help), words(variable), &values, fault),
        OURO_SETTINGS_HELP);
    ck_assert_int_eq(ouro_settings_load(&settings, words(program, h), words(NULL), &values, fault),
                     OURO_SETTINGS_HELP);
    ck_assert_int_eq(
        ouro_settings_load(&settings, words(program, version, help), words(NULL), &values, fault),
        OURO_SETTINGS_VERSION);
}

TEST(help_lists_every_row_of_every_table)
{
    struct ouro_buf text = {0};
    ouro_settings_help(&settings, &text);
    ouro_buf_putc(&text, '\0');
    ck_assert(!ouro_buf_failed(&text));
    ck_assert_ptr_nonnull(strstr(text.data, "thing 1.2.3: what it is\n"));
    ck_assert_ptr_nonnull(strstr(text.data, " | --version\n       thing again\n\nA flag"));
    ck_assert_ptr_nonnull(strstr(text.data, "\nGeneral\n  --count N\n      how many\n"
                                            "      default: 7 (2 to 2147483647); variable: "
                                            "THING_COUNT\n  --rate"));
    ck_assert_ptr_nonnull(strstr(text.data, "default: 2.3 (0.1 to 60); variable: THING_TICK_HZ\n"));
    ck_assert_ptr_nonnull(strstr(text.data, "default: somewhere; variable: THING_FOLDER\n"));
    ck_assert_ptr_nonnull(strstr(text.data, "\nDoor\n  --listen HOST:PORT\n      where\n"
                                            "      default: 127.0.0.1:8080; variable: "
                                            "THING_LISTEN\n"));
    ouro_buf_done(&text);
}

/* What a child that tells of `loaded` writes to that descriptor; its exit status in `ret_status`.
 */
static void tell(int loaded, int descriptor, char *ret_output, size_t size, int *ret_status)
{
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        dup2(ends[1], descriptor);
        _exit(ouro_settings_tell(&settings, loaded, "--count: \"x\" is not a whole number"));
    }
    close(ends[1]);
    size_t len = 0;
    for (ssize_t n; len < size - 1 && (n = read(ends[0], ret_output + len, size - 1 - len)) > 0;)
        len += (size_t)n;
    ret_output[len] = '\0';
    close(ends[0]);
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    *ret_status = WEXITSTATUS(status);
}

TEST(a_fault_goes_to_stderr_and_an_answer_to_stdout)
{
    char output[8192];
    int status;
    tell(-OURO_ECONFIG, STDERR_FILENO, output, sizeof output, &status);
    ck_assert_str_eq(output, "thing: --count: \"x\" is not a whole number\n");
    ck_assert_int_eq(status, 2);
    tell(OURO_SETTINGS_VERSION, STDOUT_FILENO, output, sizeof output, &status);
    ck_assert_str_eq(output, "thing 1.2.3\n");
    ck_assert_int_eq(status, 0);
    tell(OURO_SETTINGS_HELP, STDOUT_FILENO, output, sizeof output, &status);
    ck_assert_ptr_nonnull(strstr(output, "--tick-hz HZ\n"));
    ck_assert_int_eq(status, 0);
}

TEST(an_answer_that_nobody_can_read_is_a_failure)
{
    FILE *full = freopen("/dev/full", "w", stdout);
    ck_assert_ptr_nonnull(full);
    ck_assert_int_eq(ouro_settings_tell(&settings, OURO_SETTINGS_HELP, NULL), 1);
    ck_assert_int_eq(ouro_settings_tell(&settings, OURO_SETTINGS_VERSION, NULL), 1);
}
