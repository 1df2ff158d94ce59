/* SPDX-License-Identifier: MIT */
/* Only names that need no network: numeric ones, and those of the hosts file. The system's resolver
 * is replaced by one that can be told to be slow, as a name server is. */
#include "ouro/net.h"
#include "ouro/offload.h"
#include "test.h"

#include <dlfcn.h>
#include <netdb.h>
#include <stdatomic.h>
#include <unistd.h>

static _Atomic int slow_running;
static _Atomic bool slow_may_end;

static void be_slow(void)
{
    atomic_fetch_add(&slow_running, 1);
    while (!atomic_load(&slow_may_end))
        usleep(1000);
    atomic_fetch_sub(&slow_running, 1);
}

/* Stands before the C library's. */
int getaddrinfo(const char *restrict host, const char *restrict service,
                const struct addrinfo *restrict wanted, struct addrinfo **restrict ret_found)
{
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
    if (strcmp(host, "busy.test") == 0)
        return EAI_AGAIN;
    if (strcmp(host, "broken.test") == 0)
        return EAI_FAIL;
    if (strcmp(host, "slow.test") == 0) {
        be_slow();
        host = "127.0.0.1";
    }
    return real(host, service, wanted, ret_found);
}

static int look_up_known(void *arg)
{
    char addresses[OURO_LOOKUP_MAX][OURO_ADDRESS_BYTES];
    (void)arg;
    ck_assert_int_eq(ouro_lookup("127.0.0.1", "80", OURO_FOREVER, addresses, OURO_LOOKUP_MAX), 1);
    ck_assert_str_eq(addresses[0], "127.0.0.1:80");
    ck_assert_int_eq(ouro_lookup("::1", "443", OURO_FOREVER, addresses, OURO_LOOKUP_MAX), 1);
    ck_assert_str_eq(addresses[0], "[::1]:443");
    ck_assert_int_ge(ouro_lookup("localhost", "1", OURO_FOREVER, addresses, OURO_LOOKUP_MAX), 1);
    ck_assert_ptr_nonnull(strstr(addresses[0], "1:1"));
    strcpy(addresses[1], "untouched");
    ck_assert_int_eq(ouro_lookup("localhost", "1", OURO_FOREVER, addresses, 1), 1);
    ck_assert_str_eq(addresses[1], "untouched");
    return 0;
}

TEST(names_become_addresses)
{
    ck_assert_int_eq(ouro_run(look_up_known, NULL), 0);
}

static int look_up_unknown(void *arg)
{
    char address[1][OURO_ADDRESS_BYTES], name[400];
    (void)arg;
    memset(name, 'a', sizeof name);
    name[sizeof name - 1] = '\0';
    ck_assert_int_eq(ouro_lookup("no such name", "80", OURO_FOREVER, address, 1), -ENOENT);
    ck_assert_int_eq(ouro_lookup(name, "80", OURO_FOREVER, address, 1), -ENOENT);
    ck_assert_int_eq(ouro_lookup("127.0.0.1", "no service", OURO_FOREVER, address, 1), -EINVAL);
    ck_assert_int_eq(ouro_lookup("127.0.0.1", name, OURO_FOREVER, address, 1), -EINVAL);
    static const char *const no_ports[] = {"65536", "70000", "-1", "+80", " 80", "", "080x"};
    for (size_t i = 0; i < sizeof no_ports / sizeof *no_ports; i++)
        ck_assert_msg(ouro_lookup("127.0.0.1", no_ports[i], OURO_FOREVER, address, 1) == -EINVAL,
                      "port \"%s\": %s", no_ports[i], address[0]);
    ck_assert_int_eq(ouro_lookup("busy.test", "80", OURO_FOREVER, address, 1), -EAGAIN);
    ck_assert_int_eq(ouro_lookup("broken.test", "80", OURO_FOREVER, address, 1), -EIO);
    return 0;
}

static int look_up_one(void *arg)
{
    char address[1][OURO_ADDRESS_BYTES];
    return ouro_lookup(arg, "80", OURO_FOREVER, address, 1);
}

TEST(what_is_not_found_is_told)
{
    ck_assert_int_eq(ouro_run(look_up_unknown, NULL), 0);
    ck_assert_int_eq(ouro_sim_run(1, NULL, look_up_one, "127.0.0.1"), -ENOTSUP);
}

/* --- a slow resolver -------------------------------------------------------------------------- */

static int nothing(void *arg)
{
    (void)arg;
    return 7;
}

static int be_patient_or_not(void *arg)
{
    struct ouro_task *cancelled, *patient;
    char address[1][OURO_ADDRESS_BYTES];
    int status;
    (void)arg;
    while (atomic_load(&slow_running) < OURO_LOOKUP_THREADS_MAX) /* who has not begun, won't */
        ck_assert_int_eq(ouro_lookup("slow.test", "80", ouro_after(OURO_MS(5)), address, 1),
                         -ETIMEDOUT);
    ouro_spawn(look_up_one, "slow.test", NULL, &cancelled);
    ouro_spawn(look_up_one, "slow.test", NULL, &patient);
    ck_assert_int_eq(ouro_sleep(OURO_MS(5)), 0);
    ouro_cancel(cancelled);
    ouro_await(cancelled, OURO_FOREVER, &status);
    ck_assert_int_eq(status, -ECANCELED);
    ck_assert_int_eq(ouro_offload(NULL, nothing, NULL, OURO_FOREVER),
                     7); /* has threads of its own */
    ck_assert_int_eq(atomic_load(&slow_running), OURO_LOOKUP_THREADS_MAX);
    atomic_store(&slow_may_end, true);
    ouro_await(patient, OURO_FOREVER, &status);
    ck_assert_int_eq(status, 1);
    ouro_task_unref(cancelled);
    ouro_task_unref(patient);
    return 0;
}

/* Threads that come back to a loop that has ended let go of it: then its descriptors close, which
 * is what the end of every test looks at. */
static void end_slow_ones(int fds_before)
{
    atomic_store(&slow_may_end, true);
    while (test_open_fds() > fds_before)
        usleep(1000);
}

TEST(who_has_waited_long_enough_goes_away)
{
    int fds = test_open_fds();
    ck_assert_int_eq(ouro_run(be_patient_or_not, NULL), 0);
    end_slow_ones(fds);
}

static int leave_one_behind(void *arg)
{
    char address[1][OURO_ADDRESS_BYTES];
    (void)arg;
    return ouro_lookup("slow.test", "80", ouro_after(OURO_MS(5)), address, 1);
}

TEST(a_look_up_may_outlive_its_loop)
{
    int fds = test_open_fds();
    ck_assert_int_eq(ouro_run(leave_one_behind, NULL), -ETIMEDOUT);
    end_slow_ones(fds);
}

/* --- connecting ------------------------------------------------------------------------------- */

static int connect_by_name(void *arg)
{
    struct ouro_listener *listener;
    struct ouro_stream *ours, *theirs;
    (void)arg;
    ck_assert_int_eq(ouro_listen("127.0.0.1:0", NULL, &listener), 0);
    char port[OURO_ADDRESS_BYTES];
    strcpy(port, strrchr(ouro_listener_address(listener), ':') + 1);
    ck_assert_int_eq(ouro_connect_host("localhost", port, ouro_after(OURO_SEC(5)), &ours), 0);
    ck_assert_int_eq(ouro_accept(listener, ouro_after(OURO_SEC(5)), &theirs), 0);
    ouro_stream_close(ours);
    ouro_stream_close(theirs);
    ouro_listener_close(listener);
    ck_assert_int_eq(ouro_connect_host("localhost", port, OURO_FOREVER, &ours), -ECONNREFUSED);
    ck_assert_int_eq(ouro_connect_host("no such name", port, OURO_FOREVER, &ours), -ENOENT);
    return 0;
}

TEST(connecting_by_name)
{
    ck_assert_int_eq(ouro_run(connect_by_name, NULL), 0);
}
