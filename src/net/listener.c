/* SPDX-License-Identifier: MIT */
/* Listening and connecting, in the world that the loop stands in. */
#include "net/listener.h"

#include "net/address.h"

static bool is_simulated(void)
{
    return ouro__loop_is_simulated(ouro_loop_self());
}

int ouro_listen(const char *address, const struct ouro_listen_options *options,
                struct ouro_listener **ret_listener)
{
    static const struct ouro_listen_options defaults;
    if (!options)
        options = &defaults;
    if (is_simulated())
        return ouro__sim_listen(address, options, ret_listener);
    int fd = ouro__address_fd(address);
    return fd >= 0 ? ouro__socket_listen_fd(fd, options, ret_listener)
                   : ouro__socket_listen(address, options, ret_listener);
}

int ouro_listen_fd(int fd, struct ouro_listener **ret_listener)
{
    static const struct ouro_listen_options as_it_is;
    return ouro__socket_listen_fd(fd, &as_it_is, ret_listener);
}

int ouro_connect(const char *address, int64_t deadline, struct ouro_stream **ret_stream)
{
    int rc = ouro__checkpoint();
    if (rc < 0)
        return rc;
    return is_simulated() ? ouro__sim_connect(address, deadline, ret_stream)
                          : ouro__socket_connect(address, deadline, ret_stream);
}

const char *ouro_listener_address(const struct ouro_listener *listener)
{
    return listener->text;
}

int ouro__accept(struct ouro_listener *listener, int64_t deadline, struct ouro__address *ret_peer,
                 struct ouro_stream **ret_stream)
{
    int rc = ouro__checkpoint();
    if (rc < 0)
        return rc;
    listener->users++;
    rc = listener->ops->accept(listener, deadline, ret_peer, ret_stream);
    if (--listener->users == 0 && listener->closed)
        listener->ops->free(listener);
    if (rc >= 0)
        ouro__give_way(deadline);
    return rc;
}

int ouro_accept(struct ouro_listener *listener, int64_t deadline, struct ouro_stream **ret_stream)
{
    return ouro__accept(listener, deadline, NULL, ret_stream);
}

struct ouro_listener *ouro_listener_close(struct ouro_listener *listener)
{
    if (!listener)
        return NULL;
    listener->closed = true;
    listener->ops->close(listener);
    if (listener->users == 0)
        listener->ops->free(listener);
    return NULL;
}
