/* SPDX-License-Identifier: MIT */
#include "program.h"

#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "measure.h"

#define SPARE_FDS    64 /* beside one per connection */
#define KEPT_HEADING "## By hand"

/* --- begin and end --------------------------------------------------------------------------- */

int program_init(struct program *program, char *const *command)
{
    *program = (struct program){.command = command};
    ssize_t len = readlink("/proc/self/exe", program->self, sizeof program->self - 1);
    if (len < 0)
        return -errno;
    snprintf(program->folder, sizeof program->folder, "%.*s",
             (int)(strrchr(program->self, '/') - program->self), program->self);
    bench_cores(&program->server_core, &program->load_core);
    return 0;
}

/* The waits return -EINTR then and everything is taken down in order; a second signal kills us,
 * and the kernel kills the server with us. */
static void on_signal(int number)
{
    (void)number;
}

static void prepare_process(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    struct rlimit limit;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static void note_load(char *out, size_t size)
{
    FILE *in = fopen("/proc/loadavg", "re");
    if (!in || !fgets(out, (int)size, in))
        snprintf(out, size, "not known");
    out[strcspn(out, "\n")] = 0;
    if (in)
        fclose(in);
}

int program_begin(struct program *program)
{
    note_load(program->load_before, sizeof program->load_before);
    strcpy(program->temp, "/tmp/bench.XXXXXX");
    if (!mkdtemp(program->temp))
        return -errno;
    prepare_process();
    return 0;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status, (void)kind, (void)walk;
    return remove(path);
}

void program_end(struct program *program)
{
    nftw(program->temp, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

int program_read_count(const char *text, size_t least, size_t most, size_t *ret)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    if (*end || value < least || value > most)
        return -EINVAL;
    *ret = value;
    return 0;
}

int program_read_number(const char *text, double most, double *ret)
{
    char *end;
    double value = strtod(text, &end);
    if (*end || !(value > 0) || value > most)
        return -EINVAL;
    *ret = value;
    return 0;
}

size_t program_connections_max(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur < SPARE_FDS)
        return 0;
    return limit.rlim_cur - SPARE_FDS;
}

/* --- the log --------------------------------------------------------------------------------- */

void program_log(const struct program *program, char ret_path[PROGRAM_LOG_BYTES])
{
    snprintf(ret_path, PROGRAM_LOG_BYTES, "%s/log", program->temp);
}

void program_show_failure(const struct program *program, const char *server, int failure)
{
    char path[PROGRAM_LOG_BYTES], line[512];
    if (failure == -EINTR)
        return;
    fprintf(stderr, "%s failed: %s; it had said:\n", server, strerror(-failure));
    program_log(program, path);
    FILE *in = fopen(path, "re");
    while (in && fgets(line, sizeof line, in))
        fprintf(stderr, "  | %s", line);
    if (in)
        fclose(in);
}

/* --- the report ------------------------------------------------------------------------------ */

void program_write_head(FILE *out, const struct program *program, const char *title)
{
    fprintf(out, "# %s\n\n", title);
    bench_describe_machine(out);
    fprintf(out,
            "- Load before the run: %s\n- Server on core %d, load generator on core %d\n"
            "- Command: `",
            program->load_before, program->server_core, program->load_core);
    for (char *const *arg = program->command; *arg; arg++)
        fprintf(out, "%s%s", arg == program->command ? "" : " ", *arg);
    fprintf(out, "`\n\nHow to read it: [docs/benchmarks.md](../../docs/benchmarks.md).\n");
}

static void make_folder_of(const char *file)
{
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%s", file);
    char *slash = strrchr(folder, '/');
    if (slash && slash != folder) {
        *slash = 0;
        mkdir(folder, 0777); /* exists: fine; fails: opening the file tells */
    }
}

static char *read_whole(const char *path)
{
    char *text = NULL;
    size_t size = 0;
    FILE *in = fopen(path, "re");
    if (in && getdelim(&text, &size, 0, in) < 0) {
        free(text);
        text = NULL;
    }
    if (in)
        fclose(in);
    return text;
}

int program_write_file(const char *path, program_report *report, void *ud)
{
    make_folder_of(path);
    char *old = read_whole(path), *kept = old ? strstr(old, KEPT_HEADING) : NULL;
    FILE *out = fopen(path, "we");
    int r = out ? 0 : -errno;
    if (out) {
        report(out, ud);
        if (kept)
            fprintf(out, "\n%s", kept);
        if (fclose(out) != 0)
            r = -errno;
    }
    free(old);
    if (r < 0)
        fprintf(stderr, "cannot write %s\n", path);
    return r;
}

int program_publish(const char *path, program_report *report, void *ud)
{
    report(stdout, ud);
    return path ? program_write_file(path, report, ud) : 0;
}
