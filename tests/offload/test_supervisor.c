/* SPDX-License-Identifier: MIT */
#include "ouro/net.h"
#include "ouro/offload.h"
#include "test.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- the program under test: this one, started with that variable ----------------------------- */

#define PROGRAM_VARIABLE "OURO_TEST_SERVERS"

struct reply {
    int pid, number;
};

/* The command says what becomes of the server after its answer. */
static int answer(struct ouro_listener *listener, int number)
{
    struct ouro_stream *stream;
    struct reply reply = {getpid(), number};
    char command = 0;
    int rc = ouro_accept(listener, OURO_FOREVER, &stream);
    if (rc < 0)
        return rc;
    ouro_read(stream, &command, 1, ouro_after(OURO_SEC(10)));
    ouro_write(stream, &reply, sizeof reply, ouro_after(OURO_SEC(10)));
    ouro_stream_close(stream);
    return command;
}

/* Does not want to end, in different ways. */
static void misbehave(int command)
{
    struct ouro_scope shield;
    if (command == 'h') /* hang, and the whole loop with it */
        for (;;)
            pause();
    if (command == 'd') { /* deaf to TERM, and well otherwise */
        ouro_shield_open(&shield, OURO_FOREVER);
        ouro_sleep(OURO_FOREVER);
        ouro_scope_close(&shield);
    }
}

static int serve(struct ouro_listener *listener, int number, void *arg)
{
    const char *mode = arg;
    int rc = 0;
    if (*mode == 'c' && number == 0)
        return 0; /* ends as soon as it begins */
    while (rc >= 0) {
        rc = answer(listener, number);
        misbehave(rc);
    }
    return rc;
}

/* As a service manager does, which keeps the socket. */
static void open_before(char address[64])
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(fd, (struct sockaddr *)&any, sizeof any) < 0 || listen(fd, 100) < 0)
        exit(1);
    snprintf(address, 64, "fd:%d", dup(fd));
}

__attribute__((constructor)) static void be_the_program(void)
{
    const char *settings = getenv(PROGRAM_VARIABLE);
    char address[64], mode[8];
    long processes, silent_ms, stop_ms, backoff_ms;
    if (!settings)
        return;
    if (sscanf(settings, "%63s %ld %ld %ld %ld %7s", address, &processes, &silent_ms, &stop_ms,
               &backoff_ms, mode) != 6)
        exit(1);
    if (strcmp(address, "before") == 0)
        open_before(address);
    struct ouro_supervise_options options = {
        .address = address,
        .processes = (size_t)processes,
        .heartbeat_ns = OURO_MS(20),
        .silent_ns_max = OURO_MS(silent_ms),
        .stop_ns_max = OURO_MS(stop_ms),
        .backoff_ns_min = OURO_MS(backoff_ms),
        .backoff_ns_max = OURO_MS(backoff_ms * 4),
    };
    int rc = ouro_supervise(&options, serve, mode);
    exit(rc < 0 ? -rc : 0);
}

/* --- its user --------------------------------------------------------------------------------- */

struct program {
    struct ouro_process *first;
    struct ouro_stream *log;
    char address[OURO_ADDRESS_BYTES];
    char line[512];
};

/* The next line of its log; NULL: no more. */
static const char *read_line(struct program *program)
{
    size_t len = 0;
    char c = 0;
    while (c != '\n') {
        if (ouro_read(program->log, &c, 1, ouro_after(OURO_SEC(20))) <= 0)
            return NULL;
        if (len < sizeof program->line - 1)
            program->line[len++] = c;
    }
    program->line[len] = '\0';
    return program->line;
}

static void start_program(struct program *program, const char *address, const char *settings)
{
    char variable[256];
    snprintf(variable, sizeof variable, PROGRAM_VARIABLE "=%s %s", address, settings);
    const char *argv[] = {"/proc/self/exe", "first", "", "last", NULL}, *env[] = {variable, NULL};
    struct ouro_process_options options = {.err = OURO_STDIO_PIPE, .env = env};
    ck_assert_int_eq(ouro_process_start(argv, &options, &program->first), 0);
    program->log = ouro_process_stream(program->first, 2);
    program->address[0] = '\0';
    while (!program->address[0] && read_line(program))
        sscanf(program->line, "%*[^:]: %*d servers on %127s", program->address);
}

static int end_program(struct program *program)
{
    int status = 12345;
    ck_assert_int_eq(ouro_process_stop(program->first, ouro_after(OURO_SEC(30)), &status), 0);
    ouro_process_free(program->first);
    return status;
}

static int ask(const char *address, char command, struct reply *ret_reply)
{
    struct ouro_stream *stream;
    int rc = ouro_connect(address, ouro_after(OURO_SEC(10)), &stream);
    if (rc < 0)
        return rc;
    rc = ouro_write(stream, &command, 1, ouro_after(OURO_SEC(10)));
    if (rc >= 0)
        rc = ouro_read(stream, ret_reply, sizeof *ret_reply, ouro_after(OURO_SEC(10)));
    ouro_stream_close(stream);
    return rc == sizeof *ret_reply ? 0 : rc < 0 ? rc : -EIO;
}

/* Ask until it is that server that answers. */
static pid_t pid_of(const struct program *program, int number)
{
    struct reply reply = {0, -1};
    int64_t deadline = ouro_after(OURO_SEC(20));
    while (reply.number != number && ouro_now() < deadline) {
        ck_assert_int_eq(ask(program->address, '.', &reply), 0);
        ouro_sleep(OURO_MS(1));
    }
    ck_assert_int_eq(reply.number, number);
    return reply.pid;
}

/* Until another process is that server. Meanwhile the port is served, and by everybody. */
static pid_t next_pid_of(const struct program *program, int number, pid_t before)
{
    pid_t pid = before;
    while (pid == before)
        pid = pid_of(program, number);
    return pid;
}

static bool is_gone(pid_t pid)
{
    return kill(pid, 0) < 0 && errno == ESRCH;
}

/* --- a socket that changes hands -------------------------------------------------------------- */

static int hand_over_listener(void *arg)
{
    struct ouro_listener *first, *second = NULL;
    struct ouro_stream *ours, *theirs;
    char address[OURO_ADDRESS_BYTES];
    (void)arg;
    ck_assert_int_eq(ouro_listen("127.0.0.1:0", NULL, &first), 0);
    strcpy(address, ouro_listener_address(first));
    ck_assert_int_eq(ouro_connect(address, ouro_after(OURO_SEC(5)), &ours), 0);
    int fd = ouro_listener_release(first);
    ck_assert_int_eq(ouro_listen_fd(fd, &second), 0);
    ck_assert_str_eq(ouro_listener_address(second), address);
    ck_assert_int_eq(ouro_accept(second, ouro_after(OURO_SEC(5)), &theirs), 0); /* from before */
    ouro_stream_close(ours);
    ouro_stream_close(theirs);
    ouro_listener_close(second);
    ck_assert_int_eq(ouro_listen_fd(fd, &second), -EBADF);
    fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(ouro_listen_fd(fd, &second), -ENOTSOCK);
    close(fd);
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(ouro_listen_fd(fd, &second), -EINVAL);
    close(fd);
    return 0;
}

TEST(a_listener_changes_hands)
{
    ck_assert_int_eq(ouro_run(hand_over_listener, NULL), 0);
}

/* --- tests ------------------------------------------------------------------------------------ */

static int share_the_work(void *arg)
{
    struct program program;
    struct reply reply;
    int counts[2] = {0, 0}, pids[2];
    (void)arg;
    start_program(&program, "127.0.0.1:0", "2 5000 5000 10 -");
    for (int i = 0; i < 200; i++) {
        ck_assert_int_eq(ask(program.address, '.', &reply), 0);
        counts[reply.number]++;
        pids[reply.number] = reply.pid;
    }
    ck_assert_int_gt(counts[0], 50); /* by chance, of 200: in 10^12 runs once */
    ck_assert_int_gt(counts[1], 50);
    ck_assert_int_ne(pids[0], pids[1]);
    ck_assert_int_eq(end_program(&program), 0);
    ck_assert(is_gone(pids[0]) && is_gone(pids[1]));
    ck_assert_int_eq(ask(program.address, '.', &reply), -ECONNREFUSED);
    return 0;
}

TEST(servers_share_a_port_and_end_on_term)
{
    ck_assert_int_eq(ouro_run(share_the_work, NULL), 0);
}

static int kill_one(void *arg)
{
    struct program program;
    (void)arg;
    start_program(&program, "127.0.0.1:0", "2 5000 5000 10 -");
    pid_t pids[2] = {pid_of(&program, 0), pid_of(&program, 1)};
    for (int i = 0; i < 3; i++) {
        kill(pids[0], SIGKILL);
        pids[0] = next_pid_of(&program, 0, pids[0]);
        ck_assert_int_eq(pid_of(&program, 1), pids[1]); /* the other does not notice */
    }
    ck_assert_int_eq(end_program(&program), 0);
    ck_assert(is_gone(pids[0]) && is_gone(pids[1]));
    return 0;
}

TEST(a_killed_server_is_replaced_while_the_port_is_served)
{
    ck_assert_int_eq(ouro_run(kill_one, NULL), 0);
}

static int silence_one(void *arg)
{
    struct program program;
    struct reply reply;
    (void)arg;
    start_program(&program, "127.0.0.1:0", "2 1000 5000 10 -");
    ck_assert_int_eq(ask(program.address, 'h', &reply), 0);
    next_pid_of(&program, reply.number, reply.pid);
    ck_assert(is_gone(reply.pid));
    ck_assert_ptr_nonnull(read_line(&program));
    ck_assert_ptr_nonnull(strstr(program.line, "was silent"));
    ck_assert_int_eq(end_program(&program), 0);
    return 0;
}

TEST(a_server_whose_loop_stands_still_is_replaced)
{
    ck_assert_int_eq(ouro_run(silence_one, NULL), 0);
}

/* It beats, so nobody kills it; but it does not listen to TERM. */
static int term_the_deaf(void *arg)
{
    struct program program;
    struct reply reply;
    (void)arg;
    start_program(&program, "127.0.0.1:0", "2 5000 300 10 -");
    ck_assert_int_eq(ask(program.address, 'd', &reply), 0);
    int64_t began = ouro_now();
    ck_assert_int_eq(end_program(&program), 0);
    ck_assert_int_ge(ouro_now() - began, OURO_MS(300));
    ck_assert(is_gone(reply.pid));
    return 0;
}

TEST(who_does_not_end_on_term_is_killed)
{
    ck_assert_int_eq(ouro_run(term_the_deaf, NULL), 0);
}

static int kill_first(void *arg)
{
    struct program program;
    int *pids = arg;
    start_program(&program, "127.0.0.1:0", "2 5000 5000 10 -");
    for (int i = 0; i < 2; i++)
        pids[i] = pid_of(&program, i);
    ck_assert_int_eq(ouro_process_signal(program.first, SIGKILL), 0);
    ouro_process_free(program.first);
    return 0;
}

TEST(servers_die_with_the_first_process)
{
    int pids[2];
    ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0); /* orphans come to us */
    ck_assert_int_eq(ouro_run(kill_first, pids), 0);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(waitpid(pids[i], NULL, 0), pids[i]);
}

static int listen_twice(void *arg)
{
    struct program program, second;
    int status;
    (void)arg;
    start_program(&program, "127.0.0.1:0", "2 5000 5000 10 -");
    start_program(&second, program.address, "2 5000 5000 10 -");
    ck_assert_int_eq(ouro_process_wait(second.first, OURO_FOREVER, &status), 0);
    ck_assert_int_eq(status, EADDRINUSE); /* not a silent share of the first one's port */
    ouro_process_free(second.first);
    ck_assert_int_eq(end_program(&program), 0);
    return 0;
}

TEST(a_port_that_is_taken_is_told)
{
    ck_assert_int_eq(ouro_run(listen_twice, NULL), 0);
}

static int serve_unix(void *arg)
{
    struct program program;
    struct reply reply;
    struct stat status;
    char address[64];
    (void)arg;
    snprintf(address, sizeof address, "unix:/tmp/ouro-test-%d.sock", (int)getpid());
    start_program(&program, address, "2 5000 5000 10 -");
    ck_assert_str_eq(program.address, address);
    ck_assert_int_eq(ask(address, '.', &reply), 0);
    kill(reply.pid, SIGKILL); /* its end must not take the file away */
    for (int i = 0; i < 20; i++)
        ck_assert_int_eq(ask(address, '.', &reply), 0);
    ck_assert_int_eq(end_program(&program), 0);
    ck_assert_int_eq(stat(address + 5, &status), -1);
    return 0;
}

TEST(a_unix_socket_is_shared)
{
    ck_assert_int_eq(ouro_run(serve_unix, NULL), 0);
}

static int serve_what_listens(void *arg)
{
    struct program program;
    struct reply reply;
    (void)arg;
    start_program(&program, "before", "2 5000 5000 10 -");
    ck_assert_int_eq(ask(program.address, '.', &reply), 0);
    kill(reply.pid, SIGKILL);
    for (int i = 0; i < 20; i++)
        ck_assert_int_eq(ask(program.address, '.', &reply), 0);
    ck_assert_int_eq(end_program(&program), 0);
    return 0;
}

TEST(a_descriptor_that_listens_is_shared)
{
    ck_assert_int_eq(ouro_run(serve_what_listens, NULL), 0);
}

/* Server 0 ends as soon as it begins: 50, 100, 200, 200 ms. The other serves all that come. */
static int crash_loop(void *arg)
{
    struct program program;
    struct reply reply;
    (void)arg;
    int64_t began = ouro_now();
    start_program(&program, "127.0.0.1:0", "2 5000 5000 50 c");
    for (int i = 0; i < 5; i++) {
        ck_assert_ptr_nonnull(read_line(&program));
        ck_assert_msg(strstr(program.line, "server 0 ended with code 0"), "%s", program.line);
    }
    ck_assert_int_ge(ouro_now() - began, OURO_MS(50 + 100 + 200 + 200));
    ck_assert_int_eq(end_program(&program), 0);
    ck_assert_int_eq(ask(program.address, '.', &reply), -ECONNREFUSED);
    return 0;
}

TEST(a_crash_loop_is_slowed_down)
{
    ck_assert_int_eq(ouro_run(crash_loop, NULL), 0);
}

/* Kill it: how many are answered by the other then, before it is there again? */
static int answers_without(struct program *program, pid_t pid, int enough)
{
    struct reply reply;
    int count = 0;
    kill(pid, SIGKILL);
    ck_assert_ptr_nonnull(read_line(program)); /* told just before the share is given up */
    ouro_sleep(OURO_MS(50));
    do {
        ck_assert_int_eq(ask(program->address, '.', &reply), 0);
        ck_assert_int_ne(reply.pid, pid);
    } while (reply.number == 1 && ++count < enough);
    return count;
}

/* Missing for longer than a second, its share goes to the others, and comes back. Were it not given
 * up, every other one would wait for it. Again, if a busy machine kept us waiting until it was
 * back. */
static int give_up_a_share(void *arg)
{
    struct program program;
    (void)arg;
    start_program(&program, "127.0.0.1:0", "2 5000 5000 1200 -");
    pid_t pid = pid_of(&program, 0), other = pid_of(&program, 1);
    while (answers_without(&program, pid, 40) < 40)
        pid = pid_of(&program, 0);
    ck_assert_int_ne(next_pid_of(&program, 0, pid), pid);
    ck_assert_int_eq(pid_of(&program, 1), other);
    ck_assert_int_eq(end_program(&program), 0);
    return 0;
}

TEST(a_server_that_is_missing_for_long_gives_up_its_share)
{
    ck_assert_int_eq(ouro_run(give_up_a_share, NULL), 0);
}
