/* SPDX-License-Identifier: MIT */
#include "web/url.h"

#include "ouro/base.h"

#include <string.h>
#include <strings.h>

/* What stands behind "scheme://" or "schemes://"; NULL: neither does. */
static const char *skip_scheme(const char *text, const char *scheme, bool *ret_tls)
{
    size_t len = strlen(scheme);
    if (strncasecmp(text, scheme, len) != 0)
        return NULL;
    text += len;
    *ret_tls = *text == 's' || *text == 'S';
    text += *ret_tls;
    return strncmp(text, "://", 3) == 0 ? text + 3 : NULL;
}

/* Host and port of an authority that is one. 0: no port that can be connected to. */
static uint16_t take_apart(struct ouro__slice authority, uint16_t otherwise,
                           struct ouro__slice *ret_host)
{
    size_t host_len = authority.len;
    while (host_len > 0 && authority.at[host_len - 1] != ':' && authority.at[host_len - 1] != ']')
        host_len--;
    bool has_port = host_len > 0 && authority.at[host_len - 1] == ':';
    uint32_t port = 0;
    for (size_t i = host_len; has_port && i < authority.len; i++)
        port = port * 10 + (uint32_t)(authority.at[i] - '0');
    if (!has_port || host_len == authority.len) /* "host:" is "host" */
        port = otherwise;
    *ret_host = (struct ouro__slice){authority.at, host_len ? host_len - has_port : authority.len};
    if (ret_host->at[0] == '[')
        *ret_host = (struct ouro__slice){ret_host->at + 1, ret_host->len - 2};
    return (uint16_t)port;
}

int ouro__url_parse(const char *text, const char *scheme, struct ouro__url *ret_url)
{
    struct ouro__url url = {0};
    const char *at = skip_scheme(text, scheme, &url.tls);
    if (!at)
        return -EINVAL;
    url.authority = (struct ouro__slice){at, strcspn(at, "/?#")};
    at += url.authority.len;
    url.target = *at ? (struct ouro__slice){at, strlen(at)} : (struct ouro__slice){"/", 1};
    if (!ouro__http_is_authority(url.authority) || !ouro__http_is_origin_form(url.target))
        return -EINVAL;
    url.port = take_apart(url.authority, url.tls ? 443 : 80, &url.host);
    if (url.port == 0)
        return -EINVAL;
    *ret_url = url;
    return 0;
}
