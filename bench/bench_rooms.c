/* SPDX-License-Identifier: MIT */
/* bench_rooms: what the views of a room's players cost. docs/benchmarks.md says how to read it. */
#include "bench_rooms.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bare.h"
#include "measure.h"

#define DEFAULT_OUT "bench/results/rooms.md"

static const char USAGE[] = "usage: bench_rooms [options]\n"
                            "  --seconds S      measured per run, after a warm-up (3)\n"
                            "  --rounds N       pairs of runs, views and bare loop in turns (5)\n"
                            "  --out FILE       the report (" DEFAULT_OUT ")\n"
                            "  --serve HZ       be the server, until killed\n"
                            "  --bare HZ,BYTES  be the bare loop, until killed\n";

struct settings {
    double seconds;
    unsigned rounds;
    const char *out;
};

static int be_bare(const char *text)
{
    double tick_hz = 0;
    size_t wire_bytes = 0;
    if (sscanf(text, "%lf,%zu", &tick_hz, &wire_bytes) < 2 || tick_hz <= 0)
        return -EINVAL;
    return bare_serve(tick_hz, wire_bytes);
}

static int run(const struct settings *settings)
{
    char self[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    if (len < 0)
        return -errno;
    self[len] = 0;
    FILE *out = fopen(settings->out, "we");
    if (!out)
        return -errno;
    fprintf(out, "# Rooms: what the views of players cost\n\n");
    bench_describe_machine(out);
    fprintf(out, "\nHow to read it: [docs/benchmarks.md](../../docs/benchmarks.md).\n");
    int rc = rooms_curve(out);
    if (rc == 0)
        rc = rooms_many(out);
    if (rc == 0)
        rc = rooms_compare_views(out, self, settings->seconds, settings->rounds);
    fclose(out);
    return rc;
}

static void print(const char *file)
{
    char line[512];
    FILE *in = fopen(file, "re");
    while (in && fgets(line, sizeof line, in))
        fputs(line, stdout);
    if (in)
        fclose(in);
}

int main(int argc, char **argv)
{
    static const struct option OPTIONS[] = {
        {"seconds", required_argument, NULL, 's'}, {"rounds", required_argument, NULL, 'r'},
        {"out", required_argument, NULL, 'o'},     {"serve", required_argument, NULL, 'S'},
        {"bare", required_argument, NULL, 'b'},    {0},
    };
    struct settings settings = {.seconds = 3, .rounds = 5, .out = DEFAULT_OUT};
    int option, rc;
    while ((option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1) {
        switch (option) {
        case 's':
            settings.seconds = strtod(optarg, NULL);
            break;
        case 'r':
            settings.rounds = (unsigned)strtoul(optarg, NULL, 10);
            break;
        case 'o':
            settings.out = optarg;
            break;
        case 'S':
            return rooms_serve(strtod(optarg, NULL)) < 0;
        case 'b':
            return be_bare(optarg) < 0;
        default:
            fputs(USAGE, stderr);
            return 2;
        }
    }
    rc = run(&settings);
    print(settings.out);
    if (rc < 0)
        fprintf(stderr, "bench_rooms: %s\n", strerror(-rc));
    return rc < 0;
}
