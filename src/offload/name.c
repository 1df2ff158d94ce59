/* SPDX-License-Identifier: MIT */
/* Names are looked up by the system's own resolver, which blocks, and for as long as it likes. So
 * it runs in threads of its own, and who has waited long enough goes away: the look-up belongs to
 * both, and the last one frees it. */
#include "net/address.h"
#include "ouro/offload.h"
#include "runtime/wait.h"

#include <ctype.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define NAME_BYTES    256 /* RFC 1035 section 2.3.4 allows 255 */
#define SERVICE_BYTES 64

struct lookup {
    char host[NAME_BYTES], service[SERVICE_BYTES];
    struct ouro_loop *loop;
    struct ouro_post post;
    struct ouro_link waiter;
    atomic_int holders; /* the task, and the thread or its post */
    bool ended;         /* told to the loop; of the loop's thread */
    int result;         /* the count, or why not */
    char addresses[OURO_LOOKUP_MAX][OURO_ADDRESS_BYTES];
};

static void release(struct lookup *lookup)
{
    if (atomic_fetch_sub(&lookup->holders, 1) > 1)
        return;
    ouro_loop_unref(lookup->loop);
    free(lookup);
}

/* --- in a thread ------------------------------------------------------------------------------ */

static int error_of(int failure)
{
    switch (failure) {
    case EAI_NONAME:
    case EAI_NODATA:
        return -ENOENT;
    case EAI_SERVICE:
        return -EINVAL;
    case EAI_AGAIN:
        return -EAGAIN;
    case EAI_MEMORY:
        return -ENOMEM;
    case EAI_SYSTEM:
        return -errno;
    default:
        return -EIO;
    }
}

static int copy_addresses(const struct addrinfo *found, struct lookup *lookup)
{
    int count = 0;
    for (; found && count < OURO_LOOKUP_MAX; found = found->ai_next) {
        struct ouro__address address = {.len = found->ai_addrlen};
        if (found->ai_addrlen > sizeof address.u)
            continue;
        memcpy(&address.u, found->ai_addr, found->ai_addrlen);
        ouro__address_print(&address, false, lookup->addresses[count++]);
    }
    return count > 0 ? count : -ENOENT;
}

static int look_up(void *arg)
{
    struct lookup *lookup = arg;
    struct addrinfo wanted = {.ai_socktype = SOCK_STREAM}, *found;
    int failure = getaddrinfo(lookup->host, lookup->service, &wanted, &found);
    lookup->result = failure ? error_of(failure) : copy_addresses(found, lookup);
    if (!failure)
        freeaddrinfo(found);
    return 0;
}

/* Held by a thread while it posts, and taken by the loop before it goes on: when the task has its
 * answer, and the loop may end, no thread is still busy with that loop. */
static pthread_mutex_t posting = PTHREAD_MUTEX_INITIALIZER;

static void on_ended(struct ouro_post *post)
{
    struct lookup *lookup = ouro_container(post, struct lookup, post);
    pthread_mutex_lock(&posting);
    pthread_mutex_unlock(&posting);
    lookup->ended = true;
    ouro__wake_all(&lookup->waiter, 0);
    release(lookup);
}

/* Called by the thread when it is done with it: the loop is told, if it still is. */
static void hand_back(void *arg)
{
    struct lookup *lookup = arg;
    pthread_mutex_lock(&posting);
    int rc = ouro_post(lookup->loop, &lookup->post);
    pthread_mutex_unlock(&posting);
    if (rc < 0)
        release(lookup);
}

/* --- in the task ------------------------------------------------------------------------------ */

/* Made when first used, never freed: a look-up may outlive every loop. */
static struct ouro_pool *lookup_pool(void)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static struct ouro_pool *pool;
    static const struct ouro_pool_options options = {.threads_max = OURO_LOOKUP_THREADS_MAX,
                                                     .name = "ouro-lookup"};
    pthread_mutex_lock(&lock);
    if (!pool)
        ouro_pool_new(&options, &pool);
    struct ouro_pool *found = pool;
    pthread_mutex_unlock(&lock);
    return found;
}

/* The system takes any number for a port, and the lowest 16 bits of it. */
static bool is_service(const char *service)
{
    size_t digits = strspn(service, "0123456789");
    if (service[digits] != '\0')
        return isalnum((unsigned char)service[0]);
    return digits > 0 && strtoul(service, NULL, 10) <= UINT16_MAX;
}

static int lookup_new(const char *host, const char *service, struct lookup **ret_lookup)
{
    size_t host_len = strlen(host), service_len = strlen(service);
    if (host_len >= NAME_BYTES)
        return -ENOENT;
    if (service_len >= SERVICE_BYTES || !is_service(service))
        return -EINVAL;
    struct lookup *lookup = calloc(1, sizeof *lookup);
    if (!lookup)
        return -ENOMEM;
    memcpy(lookup->host, host, host_len); /* zeroed: ends in NUL */
    memcpy(lookup->service, service, service_len);
    lookup->loop = ouro_loop_ref(ouro_loop_self());
    lookup->post.fn = on_ended;
    ouro_list_init(&lookup->waiter);
    atomic_init(&lookup->holders, 2);
    *ret_lookup = lookup;
    return 0;
}

static int start(struct lookup *lookup)
{
    struct ouro_pool *pool = lookup_pool();
    int rc = pool ? ouro_offload_start(pool, look_up, lookup, hand_back) : -ENOMEM;
    if (rc < 0)
        release(lookup); /* for the thread that there is not */
    return rc;
}

int ouro_lookup(const char *host, const char *service, int64_t deadline,
                char (*ret_addresses)[OURO_ADDRESS_BYTES], size_t count_max)
{
    struct lookup *lookup;
    int rc = ouro__checkpoint();
    if (rc < 0)
        return rc;
    if (ouro__loop_is_simulated(ouro_loop_self()))
        return -ENOTSUP;
    rc = lookup_new(host, service, &lookup);
    if (rc < 0)
        return rc;
    rc = start(lookup);
    if (rc >= 0)
        rc = ouro__wait(&lookup->waiter, NULL, deadline, "name look-up");
    if (lookup->ended)
        rc = lookup->result;
    if (rc > 0) {
        rc = (size_t)rc < count_max ? rc : (int)count_max;
        memcpy(ret_addresses, lookup->addresses, (size_t)rc * sizeof ret_addresses[0]);
    }
    release(lookup);
    return rc;
}

/* --- connecting ------------------------------------------------------------------------------- */

static int64_t share_of(int64_t deadline, int parts)
{
    int64_t now = ouro_now();
    if (deadline == OURO_FOREVER || deadline <= now)
        return deadline;
    return now + (deadline - now) / parts;
}

int ouro_connect_host(const char *host, const char *service, int64_t deadline,
                      struct ouro_stream **ret_stream)
{
    char addresses[OURO_LOOKUP_MAX][OURO_ADDRESS_BYTES];
    int count = ouro_lookup(host, service, deadline, addresses, OURO_LOOKUP_MAX);
    int rc = count < 0 ? count : -ENOENT;
    for (int i = 0; i < count && rc < 0 && rc != -ECANCELED; i++)
        rc = ouro_connect(addresses[i], share_of(deadline, count - i), ret_stream);
    return rc;
}
