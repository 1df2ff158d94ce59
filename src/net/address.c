/* SPDX-License-Identifier: MIT */
#include "net/address.h"

#include <arpa/inet.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOST_BYTES 64

static int parse_unix(const char *path, struct ouro__address *ret_address)
{
    size_t len = strlen(path);
    if (len == 0 || len >= sizeof ret_address->u.un.sun_path)
        return -EINVAL;
    ret_address->u.un.sun_family = AF_UNIX;
    memcpy(ret_address->u.un.sun_path, path, len + 1);
    ret_address->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + 1);
    return 0;
}

static int parse_port(const char *text, in_port_t *ret_port)
{
    char *end;
    if (*text < '0' || *text > '9')
        return -EINVAL;
    unsigned long port = strtoul(text, &end, 10);
    if (*end || port > UINT16_MAX)
        return -EINVAL;
    *ret_port = htons((uint16_t)port);
    return 0;
}

/* Split "host:port" or "[host]:port". */
static int split(const char *text, char ret_host[HOST_BYTES], const char **ret_port)
{
    const char *colon = strrchr(text, ':'), *end = colon;
    if (!colon)
        return -EINVAL;
    if (*text == '[') {
        text++;
        end = colon - 1;
        if (end < text || *end != ']' || !memchr(text, ':', (size_t)(end - text)))
            return -EINVAL; /* brackets are for IPv6, which is never without a colon */
    } else if (memchr(text, ':', (size_t)(colon - text))) {
        return -EINVAL; /* IPv6 without brackets: which colon is the port's? */
    }
    size_t len = (size_t)(end - text);
    if (len >= HOST_BYTES)
        return -EINVAL;
    memcpy(ret_host, text, len);
    ret_host[len] = '\0';
    *ret_port = colon + 1;
    return 0;
}

static int parse_host(const char *host, in_port_t port, struct ouro__address *ret_address)
{
    struct sockaddr_in *v4 = &ret_address->u.v4;
    struct sockaddr_in6 *v6 = &ret_address->u.v6;
    if (strcmp(host, "localhost") == 0)
        host = "127.0.0.1";
    else if (strcmp(host, "*") == 0 || *host == '\0')
        host = "0.0.0.0";
    if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = port;
        ret_address->len = sizeof *v4;
        return 0;
    }
    if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = port;
        ret_address->len = sizeof *v6;
        return 0;
    }
    return -EINVAL;
}

int ouro__address_fd(const char *text)
{
    static const char prefix[] = "fd:";
    char *end;
    if (strncmp(text, prefix, sizeof prefix - 1) != 0)
        return -EINVAL;
    text += sizeof prefix - 1;
    if (*text < '0' || *text > '9')
        return -EINVAL;
    long fd = strtol(text, &end, 10);
    return *end || fd > INT_MAX ? -EINVAL : (int)fd;
}

int ouro__address_parse(const char *text, struct ouro__address *ret_address)
{
    struct ouro__address address = {0};
    char host[HOST_BYTES];
    const char *port_text;
    in_port_t port;
    int rc;
    if (strncmp(text, "unix:", 5) == 0)
        rc = parse_unix(text + 5, &address);
    else if ((rc = split(text, host, &port_text)) == 0 && (rc = parse_port(port_text, &port)) == 0)
        rc = parse_host(host, port, &address);
    if (rc == 0)
        *ret_address = address;
    return rc;
}

static char *put_number(char *at, unsigned number)
{
    unsigned scale = 1;
    while (number / scale >= 10)
        scale *= 10;
    for (; scale; scale /= 10)
        *at++ = (char)('0' + number / scale % 10);
    return at;
}

/* Digit by digit: a server looks at the address of whoever comes, and inet_ntop() and snprintf()
 * would be a seventh of all that it executes for a connection and its handshake. */
static void print_v4(const uint8_t host[4], in_port_t port, bool host_only,
                     char ret_text[OURO_ADDRESS_BYTES])
{
    char *at = ret_text;
    for (int i = 0; i < 4; i++) {
        at = put_number(at, host[i]);
        *at++ = i < 3 ? '.' : ':';
    }
    if (host_only)
        at--;
    else
        at = put_number(at, ntohs(port));
    *at = '\0';
}

static void print_v6(const struct sockaddr_in6 *v6, bool host_only,
                     char ret_text[OURO_ADDRESS_BYTES])
{
    char text[INET6_ADDRSTRLEN];
    inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
    snprintf(ret_text, OURO_ADDRESS_BYTES, host_only ? "%s" : "[%s]:%u", text,
             ntohs(v6->sin6_port));
}

static void print_unix(const struct ouro__address *address, char ret_text[OURO_ADDRESS_BYTES])
{
    bool named = address->len > offsetof(struct sockaddr_un, sun_path);
    snprintf(ret_text, OURO_ADDRESS_BYTES, "unix:%s", named ? address->u.un.sun_path : "");
}

void ouro__address_print(const struct ouro__address *address, bool host_only,
                         char ret_text[OURO_ADDRESS_BYTES])
{
    const struct sockaddr_in *v4 = &address->u.v4;
    const struct sockaddr_in6 *v6 = &address->u.v6;
    if (address->u.any.sa_family == AF_INET)
        print_v4((const uint8_t *)&v4->sin_addr, v4->sin_port, host_only, ret_text);
    else if (address->u.any.sa_family == AF_UNIX)
        print_unix(address, ret_text);
    else if (address->u.any.sa_family == AF_UNSPEC)
        strcpy(ret_text, "memory");
    else if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) /* one client, one name, however it came in */
        print_v4(&v6->sin6_addr.s6_addr[12], v6->sin6_port, host_only, ret_text);
    else
        print_v6(v6, host_only, ret_text);
}
