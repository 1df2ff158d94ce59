/* SPDX-License-Identifier: MIT */
/* How tasks tell each other something: a condition (look again), a queue (each thing to one), a
 * topic (each thing to everyone), and a wait for whichever comes first.
 *
 * Prints what each hears. */
#include <ouro/sync.h>

#include <stdio.h>

/* --- a condition: something has changed ------------------------------------------------------ */

#define ROUNDS 3

static struct {
    int round;
    struct ouro_condition changed;
} board;

/* A condition remembers nothing, so the waiter looks first and waits only while there is nothing
 * new: however late it comes back, it misses no round but those that are over. */
static int watch_board(void *arg)
{
    const char *name = arg;
    int seen = 0, rc = 0;
    while (seen < ROUNDS) {
        while (seen == board.round)
            if ((rc = ouro_condition_wait(&board.changed, NULL, OURO_FOREVER)) < 0)
                return rc;
        seen = board.round;
        printf("condition: %s sees round %d\n", name, seen);
    }
    return rc;
}

static int play_rounds(void *arg)
{
    (void)arg;
    int rc = 0;
    while (rc == 0 && board.round < ROUNDS) {
        rc = ouro_sleep(OURO_MS(50));
        board.round++;
        ouro_condition_notify_all(&board.changed);
    }
    return rc;
}

static int publish_by_condition(void)
{
    char ada[] = "Ada", bob[] = "Bob";
    ouro_condition_init(&board.changed);
    struct ouro_group group;
    ouro_group_open(&group, OURO_FOREVER);
    ouro_group_spawn(&group, watch_board, ada, NULL, NULL);
    ouro_group_spawn(&group, watch_board, bob, NULL, NULL);
    ouro_group_spawn(&group, play_rounds, NULL, NULL, NULL);
    return ouro_group_close(&group);
}

/* --- a queue: work for whoever is free ------------------------------------------------------- */

/* When the queue is closed and empty, there is no more work: the way to end who waits for it. */
static int serve(void *arg)
{
    struct ouro_queue *orders = arg;
    void *order;
    int rc;
    while ((rc = ouro_queue_get(orders, OURO_FOREVER, &order)) == 0) {
        printf("queue: %s is served\n", (const char *)order);
        rc = ouro_yield();
    }
    return rc == -OURO_ECLOSED ? 0 : rc;
}

/* Room for two: who orders faster than is served, waits. No queue grows without end. */
static int order_by_queue(void)
{
    char orders[][8] = {"tea", "coffee", "water", "juice"};
    struct ouro_queue queue;
    int rc = ouro_queue_init(&queue, 2);
    if (rc < 0)
        return rc;
    struct ouro_group group;
    ouro_group_open(&group, OURO_FOREVER);
    rc = ouro_group_spawn(&group, serve, &queue, NULL, NULL);
    for (int i = 0; i < 4 && rc == 0; i++)
        rc = ouro_queue_put(&queue, orders[i], OURO_FOREVER);
    ouro_queue_close(&queue);
    int group_rc = ouro_group_close(&group);
    ouro_queue_done(&queue);
    return rc < 0 ? rc : group_rc;
}

/* --- a topic: news for everyone, whoever is slow --------------------------------------------- */

static void read_news(const char *name, struct ouro_subscription *news)
{
    void *headline;
    while (ouro_topic_receive(news, 0, &headline) == 0)
        printf("topic: %s reads %s\n", name, (const char *)headline);
    printf("topic: %s has missed %d\n", name, (int)news->missed);
}

/* The publisher never waits. Each subscriber says what is to become of news that it has no room
 * for; here nobody reads until all is out. */
static int publish_by_topic(void)
{
    char headlines[][8] = {"goal", "foul", "corner"};
    struct ouro_topic topic;
    struct ouro_subscription two, newest;
    ouro_topic_init(&topic, NULL);
    int rc = ouro_topic_subscribe(&topic, &two, OURO_DROP_OLDEST, 2);
    if (rc < 0)
        return rc;
    rc = ouro_topic_subscribe(&topic, &newest, OURO_LATEST_ONLY, 1);
    if (rc == 0) {
        for (int i = 0; i < 3; i++)
            ouro_topic_publish(&topic, headlines[i]);
        read_news("two", &two);
        read_news("newest", &newest);
        ouro_topic_unsubscribe(&newest);
    }
    ouro_topic_unsubscribe(&two);
    ouro_topic_done(&topic);
    return rc;
}

/* --- whichever comes first ------------------------------------------------------------------- */

struct table {
    struct ouro_queue moves;
    struct ouro_event over;
};

/* Until the game is over, or nobody has moved for a second. Of what is ready at once the first in
 * the list is chosen: the moves that lie there come before the end. */
static int referee(void *arg)
{
    struct table *table = arg;
    void *move;
    struct ouro_case cases[] = {
        ouro_on_get(&table->moves, &move),
        ouro_on_event(&table->over),
    };
    for (;;) {
        int which = ouro_select(cases, 2, ouro_after(OURO_SEC(1)));
        if (which == 0 && cases[0].result == 0) {
            printf("select: %s\n", (const char *)move);
        } else {
            puts(which == 1 ? "select: the game is over" : "select: nobody moves");
            return 0;
        }
    }
}

static int wait_for_several(void)
{
    char e4[] = "e4", e5[] = "e5";
    struct table table;
    int rc = ouro_queue_init(&table.moves, 8);
    if (rc < 0)
        return rc;
    ouro_event_init(&table.over);
    struct ouro_group group;
    ouro_group_open(&group, OURO_FOREVER);
    rc = ouro_group_spawn(&group, referee, &table, NULL, NULL);
    if (rc == 0)
        rc = ouro_queue_put(&table.moves, e4, OURO_FOREVER);
    if (rc == 0)
        rc = ouro_queue_put(&table.moves, e5, OURO_FOREVER);
    ouro_event_set(&table.over);
    int group_rc = ouro_group_close(&group);
    ouro_event_done(&table.over);
    ouro_queue_done(&table.moves);
    return rc < 0 ? rc : group_rc;
}

static int all(void *arg)
{
    (void)arg;
    int rc = publish_by_condition();
    if (rc == 0)
        rc = order_by_queue();
    if (rc == 0)
        rc = publish_by_topic();
    if (rc == 0)
        rc = wait_for_several();
    return rc;
}

int main(void)
{
    return ouro_run(all, NULL) < 0;
}
