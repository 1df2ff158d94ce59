/* SPDX-License-Identifier: MIT */
/**
 * program: what the programs that measure servers have in common: where they live, where their
 * servers write, how they are interrupted, and where the report goes.
 */
#ifndef BENCH_PROGRAM_H
#define BENCH_PROGRAM_H

#include <limits.h>
#include <stddef.h>
#include <stdio.h>

struct program {
    char self[PATH_MAX];   /* this program */
    char folder[PATH_MAX]; /* where it lies, and what it measures */
    char temp[32];         /* of this run: logs, data */
    char *const *command;  /* up to a NULL */
    int server_core, load_core;
    char load_before[64]; /* how busy the machine was before we made it so */
};

/** Who we are; `command` is argv. Nothing to be undone. */
int program_init(struct program *program, char *const *command);
/**
 * Begin to measure: a folder `temp`; as many open files as permitted; the first SIGINT or SIGTERM
 * makes the waits return -EINTR, so that everything is taken down in order, a second one kills.
 */
int program_begin(struct program *program);
/** Remove `temp` and all in it. */
void program_end(struct program *program);

#define PROGRAM_LOG_BYTES 48
/** Where a server's log goes: a file in `temp`. */
void program_log(const struct program *program, char ret_path[PROGRAM_LOG_BYTES]);
/** Say on stderr what a server failed with, and what it had said before. */
void program_show_failure(const struct program *program, const char *server, int failure);

/** How many connections the descriptors of a process suffice for; each end has one for each. */
size_t program_connections_max(void);

/** What stands behind a flag, within bounds that belong to it. 0, or -EINVAL. */
int program_read_count(const char *text, size_t least, size_t most, size_t *ret);
/** The same, above 0. */
int program_read_number(const char *text, double most, double *ret);

/** Heading, machine, cores, command. */
void program_write_head(FILE *out, const struct program *program, const char *title);

/** A report, written to wherever it goes. */
typedef void program_report(FILE *out, void *ud);

/**
 * Write it to that file, whose folder is made if it is not there. What stands in the file from the
 * heading "## By hand" on stays: figures of other programs, which these don't measure.
 */
int program_write_file(const char *path, program_report *report, void *ud);
/** Write it to stdout and, unless `path` is NULL, to the file. */
int program_publish(const char *path, program_report *report, void *ud);

#endif
