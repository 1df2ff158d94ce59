/* SPDX-License-Identifier: MIT */
#include "sync/select.h"

void ouro_event_init(struct ouro_event *event)
{
    event->set = false;
    ouro_list_init(&event->waiters);
}

void ouro_event_done(struct ouro_event *event)
{
    ouro_assert(ouro_list_empty(&event->waiters));
}

void ouro_event_set(struct ouro_event *event)
{
    event->set = true;
    ouro__wake_all(&event->waiters, 0);
}

void ouro_event_clear(struct ouro_event *event)
{
    event->set = false;
}

bool ouro_event_is_set(const struct ouro_event *event)
{
    return event->set;
}

int ouro_event_wait(struct ouro_event *event, int64_t deadline)
{
    int rc = ouro__checkpoint();
    if (rc < 0 || event->set)
        return rc;
    return ouro__wait(&event->waiters, NULL, deadline, "event");
}

static int event_case_try(struct ouro_case *self)
{
    const struct ouro_event *event = self->object;
    return event->set ? 0 : -EAGAIN;
}

static void event_case_attach(struct ouro_case *self)
{
    struct ouro_event *event = self->object;
    ouro_list_push(&event->waiters, &self->waiter.link);
}

struct ouro_case ouro_on_event(struct ouro_event *event)
{
    static const struct ouro__selectable_ops ops = {event_case_try, event_case_attach, NULL};
    return ouro__case(&ops, event, NULL);
}
