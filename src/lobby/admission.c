/* SPDX-License-Identifier: MIT */
/* Who may join now, when many want to at the same moment. A bucket of time fills as time passes,
 * and each join takes its share of a second; who finds it empty gets a place in a queue, and asks
 * again. As many of the first in the queue may go on as there are shares in the bucket, in whatever
 * order they ask. Who does not ask in time loses the place. */
#include "lobby/lobby.h"

#include <stdlib.h>
#include <string.h>

#define ASK_AGAIN_MIN OURO_MS(250)
#define ASK_AGAIN_MAX OURO_SEC(5)
#define PATIENCE_NS   OURO_SEC(10) /* beyond the time at which it was to ask */

struct waiting {
    struct ouro_link link;
    struct ouro__map_node by_id;
    struct ouro__secret secret;
    uint64_t serial;
    int64_t ask_until;
};

int ouro__admission_init(struct ouro__admission *admission)
{
    ouro_list_init(&admission->queue);
    return ouro__map_init(&admission->by_id, 0);
}

static void forget(struct ouro__admission *admission, struct waiting *waiting)
{
    ouro_unlink(&waiting->link);
    ouro__map_remove(&admission->by_id, &waiting->by_id);
    admission->waiting--;
    free(waiting);
}

void ouro__admission_done(struct ouro__admission *admission)
{
    struct ouro_link *link;
    while ((link = ouro_list_first(&admission->queue)))
        forget(admission, ouro_container(link, struct waiting, link));
    ouro__map_done(&admission->by_id);
}

/* --- the bucket ------------------------------------------------------------------------------- */

static int64_t share_ns(const struct ouro_lobby *lobby)
{
    return OURO_SEC(1) / lobby->options.joins_per_second_max;
}

/* May the one at that place go on? Those before it have their shares, too. Takes its own. */
static bool may_go(struct ouro_lobby *lobby, size_t place)
{
    struct ouro_allowance *allowance = &lobby->admission.allowance;
    int64_t share = share_ns(lobby), before = (int64_t)(place - 1) * share;
    int64_t most = share * lobby->options.joins_burst;
    if (!ouro_allowance_take(allowance, ouro_now(), before + share, most))
        return false;
    allowance->ns += before;
    return true;
}

/* --- the queue -------------------------------------------------------------------------------- */

static struct waiting *first(const struct ouro__admission *admission)
{
    struct ouro_link *link = ouro_list_first(&admission->queue);
    return link ? ouro_container(link, struct waiting, link) : NULL;
}

static void forget_who_went_away(struct ouro__admission *admission)
{
    struct waiting *waiting;
    while ((waiting = first(admission)) && waiting->ask_until < ouro_now())
        forget(admission, waiting);
}

/* Those in the middle, too, when there is no other place. */
static void forget_all_who_went_away(struct ouro__admission *admission)
{
    ouro_list_each_safe (link, &admission->queue) {
        struct waiting *waiting = ouro_container(link, struct waiting, link);
        if (waiting->ask_until < ouro_now())
            forget(admission, waiting);
    }
}

static struct waiting *find(const struct ouro__admission *admission, const char *token)
{
    uint64_t id;
    struct ouro__secret secret;
    struct ouro__map_node *node = token && ouro__token_read(token, &id, &secret) == 0
                                      ? ouro__map_find(&admission->by_id, id)
                                      : NULL;
    struct waiting *waiting = node ? ouro_container(node, struct waiting, by_id) : NULL;
    return waiting && ouro__secret_equal(&waiting->secret, &secret) ? waiting : NULL;
}

/* Those who went on or gave up are taken to have been in front: who is first and does not ask holds
 * nobody up. */
static size_t position(const struct ouro__admission *admission, const struct waiting *waiting)
{
    uint64_t oldest = first(admission)->serial;
    size_t place = (size_t)(waiting->serial - oldest) + 1;
    size_t gone = (size_t)(admission->last_serial - oldest) + 1 - admission->waiting;
    return place > gone ? place - gone : 1;
}

static struct waiting *stand_in_line(struct ouro_lobby *lobby)
{
    struct ouro__admission *admission = &lobby->admission;
    struct waiting *waiting = calloc(1, sizeof *waiting);
    if (!waiting)
        return NULL;
    waiting->serial = ++admission->last_serial;
    waiting->secret = (struct ouro__secret){{ouro_random(), ouro_random()}};
    ouro_list_push(&admission->queue, &waiting->link);
    ouro__map_add(&admission->by_id, &waiting->by_id, ouro_random());
    admission->waiting++;
    return waiting;
}

static int64_t ask_again_ns(const struct ouro_lobby *lobby, size_t place)
{
    int64_t ns = (int64_t)place * share_ns(lobby);
    return ns < ASK_AGAIN_MIN ? ASK_AGAIN_MIN : ns > ASK_AGAIN_MAX ? ASK_AGAIN_MAX : ns;
}

static int tell_place(struct ouro_lobby *lobby, struct waiting *waiting,
                      struct ouro_place *ret_place)
{
    size_t place = position(&lobby->admission, waiting);
    *ret_place =
        (struct ouro_place){.position = place, .retry_ns = ask_again_ns(lobby, place), .url = ""};
    waiting->ask_until = ouro_now() + ret_place->retry_ns + PATIENCE_NS;
    ouro__token_write(waiting->by_id.key, &waiting->secret, ret_place->token);
    return 1;
}

int ouro__admit(struct ouro_lobby *lobby, const char *queued, struct ouro_place *ret_place)
{
    struct ouro__admission *admission = &lobby->admission;
    forget_who_went_away(admission);
    struct waiting *waiting = find(admission, queued);
    size_t place = waiting ? position(admission, waiting) : admission->waiting + 1;
    if (may_go(lobby, place)) {
        if (waiting)
            forget(admission, waiting);
        return 0;
    }
    if (!waiting && admission->waiting >= lobby->options.joins_waiting_max)
        forget_all_who_went_away(admission);
    if (!waiting && admission->waiting >= lobby->options.joins_waiting_max)
        return -OURO_ELIMIT;
    if (!waiting)
        waiting = stand_in_line(lobby);
    return waiting ? tell_place(lobby, waiting, ret_place) : -ENOMEM;
}
